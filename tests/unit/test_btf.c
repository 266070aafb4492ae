/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets from a description of types: of one made here, of broken ones, and of this kernel's. */
#include <linux/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "host/linux/btf.h"

#define INFO(kind, n) ((uint32_t)(kind) << 24 | (n))

/* int; struct other { int first; }; struct thing { int first, second; } */
static const char strings[] = "\0int\0other\0thing\0first\0second";
enum { INT = 1, OTHER = 5, THING = 11, FIRST = 17, SECOND = 23 };

static struct buffer make(void)
{
	struct buffer b = {0}, types = {0};
	const uint32_t bits = 32;
	const struct btf_type integer = {INT, INFO(BTF_KIND_INT, 0), {4}},
			      other = {OTHER, INFO(BTF_KIND_STRUCT, 1), {4}},
			      thing = {THING, INFO(BTF_KIND_STRUCT, 2), {16}};
	const struct btf_member first = {FIRST, 1, 0}, second = {SECOND, 1, 64};
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};

	buffer_add(&types, &integer, sizeof(integer));
	buffer_add(&types, &bits, sizeof(bits));
	buffer_add(&types, &other, sizeof(other));
	buffer_add(&types, &first, sizeof(first));
	buffer_add(&types, &thing, sizeof(thing));
	buffer_add(&types, &first, sizeof(first));
	buffer_add(&types, &second, sizeof(second));
	h.type_len = h.str_off = (uint32_t)types.len;
	h.str_len = sizeof(strings);
	buffer_add(&b, &h, sizeof(h));
	buffer_add(&b, types.data, types.len);
	buffer_add(&b, strings, sizeof(strings));
	buffer_free(&types);
	return b;
}

static void members(void **state)
{
	struct buffer b = make();

	assert_int_equal(btf_offset(b.data, b.len, "thing", "first"), 0);
	assert_int_equal(btf_offset(b.data, b.len, "thing", "second"), 8);
	assert_int_equal(btf_offset(b.data, b.len, "other", "second"), -1);
	assert_int_equal(btf_offset(b.data, b.len, "none", "first"), -1);
	buffer_free(&b);
}

/* Cut anywhere, and with any byte changed: an offset or none, and nothing is read past the end. */
static void broken_ones(void **state)
{
	struct buffer b = make();

	for (size_t len = 0; len < b.len; len++) {
		AUTO_FREE char *exact = xmalloc(len + 1);

		memcpy(exact, b.data, len);
		assert_int_equal(btf_offset(exact, len, "thing", "second"), -1);
	}
	for (size_t i = 0; i < b.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			AUTO_FREE char *exact = xmalloc(b.len);

			memcpy(exact, b.data, b.len);
			exact[i] = (char)(exact[i] ^ 1 << bit);
			(void)btf_offset(exact, b.len, "thing", "second");
		}
	buffer_free(&b);
}

static void this_kernel(void **state)
{
	FILE *file = fopen("/sys/kernel/btf/vmlinux", "r");
	struct buffer b = {0};
	char piece[65536];
	size_t n;

	if (file == NULL)
		skip();
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buffer_add(&b, piece, n);
	fclose(file);
	assert_int_equal(btf_offset(b.data, b.len, "list_head", "next"), 0);
	assert_int_equal(btf_offset(b.data, b.len, "list_head", "prev"), sizeof(void *));
	assert_true(btf_offset(b.data, b.len, "task_struct", "cred") > 0);
	assert_int_equal(btf_offset(b.data, b.len, "task_struct", "no such member"), -1);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(broken_ones),
		cmocka_unit_test(this_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
