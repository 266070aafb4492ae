/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors, memory, lists of strings, buffers, ids and names. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/unsafe.h"

static void test_error(void **state)
{
	struct error err;

	assert_int_equal(error_set(&err, ERROR_NOT_FOUND, "no %s %d", "thing", 7), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.message, "no thing 7");
	assert_int_equal(error_errno(&err, ENOENT, "cannot open %s", "/x"), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.message, "cannot open /x: No such file or directory");
	assert_int_equal(error_prefix(&err, "line %d", 3), -1);
	assert_string_equal(err.message, "line 3: cannot open /x: No such file or directory");
	assert_int_equal(err.code, ENOENT);
}

static void test_error_is_cut(void **state)
{
	struct error err;
	char text[4096];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_errno(&err, EPERM, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_prefix(&err, "short");
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_memory_equal(err.message, "short: aaa", 10);
}

static void test_strings(void **state)
{
	struct strings list = {0}, other = {0};

	for (int i = 0; i < 100; i++) {
		strings_take(&list, xasprintf("%d", i));
		assert_null(list.v[list.n]); /* an argv at any time */
	}
	strings_add_len(&list, "abcdef", 3);
	assert_int_equal(list.n, 101);
	for (int i = 0; i < 100; i++)
		assert_int_equal(strtol(list.v[i], NULL, 10), i);
	assert_string_equal(list.v[100], "abc");
	assert_true(strings_has(&list, "99"));
	assert_false(strings_has(&list, "abcdef"));
	strings_add(&other, "first");
	strings_copy(&other, &list);
	assert_int_equal(other.n, 102);
	assert_string_equal(other.v[0], "first");
	assert_string_equal(other.v[101], "abc");
	strings_free(&list);
	assert_int_equal(list.n, 0);
	assert_null(list.v);
	strings_free(&other);
}

static void test_setenv(void **state)
{
	struct strings env = {0};

	strings_setenv(&env, "A=1");
	strings_setenv(&env, "AB=2");
	strings_setenv(&env, "B=");
	strings_setenv(&env, "A=x=y");
	assert_int_equal(env.n, 3);
	assert_string_equal(env.v[0], "A=x=y");
	assert_string_equal(env.v[1], "AB=2");
	assert_string_equal(env.v[2], "B=");
	strings_free(&env);
}

static void test_buffer(void **state)
{
	struct buffer b = {0};

	buffer_add(&b, NULL, 0);
	assert_string_equal(b.data, "");
	buffer_add(&b, "a\0b", 3);
	buffer_puts(&b, "cd");
	buffer_printf(&b, "-%05d", 42);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.data, "a\0bcd-00042", 12);
	for (int i = 0; i < 100000; i++)
		buffer_add(&b, "x", 1);
	assert_int_equal(b.len, 100011);
	assert_int_equal(b.data[b.len], '\0');
	buffer_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void test_ids(void **state)
{
	char one[ID_LEN + 1], two[ID_LEN + 1];

	id_new(one);
	id_new(two);
	assert_true(id_valid(one));
	assert_true(id_valid(two));
	assert_string_not_equal(one, two);
	assert_true(id_valid("0123456789af"));
	assert_false(id_valid(""));
	assert_false(id_valid("0123456789a"));
	assert_false(id_valid("0123456789abc"));
	assert_false(id_valid("0123456789AF"));
	assert_false(id_valid("0123456789a/"));
}

static void test_names(void **state)
{
	static const char *const good[] = {"a", "0", "webserver", "a_b.c-d", "Az09", "a..b",
		"123456789012345678901234567890123456789012345678901234567890123"};
	static const char *const bad[] = {"", ".", "..", "-rf", "_x", ".hidden", "a/b", "a:b",
		"a b", "a\n", "a@b", "\xc3\xa4", "%s",
		"1234567890123456789012345678901234567890123456789012345678901234"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(name_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(name_valid(bad[i]));
}

static void expect_unsafe(const char *text, size_t length, uint32_t character)
{
	uint32_t c;

	assert_int_equal(unsafe_length(text, &c), length);
	assert_int_equal(c, character);
	assert_int_equal(unsafe_length(text, NULL), length);
}

static void test_unsafe(void **state)
{
	expect_unsafe("\033[2J", 1, 0x1b);
	expect_unsafe("\177", 1, 0x7f);
	expect_unsafe("\xc2\x9b", 2, 0x9b);
	expect_unsafe("\u061c", 2, 0x61c);
	expect_unsafe("\u200f", 3, 0x200f);
	expect_unsafe("\u202a", 3, 0x202a);
	expect_unsafe("\u202e", 3, 0x202e);
	expect_unsafe("\u2066", 3, 0x2066);
	expect_unsafe("\u2069", 3, 0x2069);
	expect_unsafe("\U000e0041", 4, 0xe0041);
	expect_unsafe("\x9b", 1, 0x9b); /* malformed: as a terminal of eight bits has it */
	expect_unsafe("\xe2\x80", 0, 0xe2); /* ends amid a character */
	expect_unsafe("a", 0, 'a');
	expect_unsafe("\u2029", 3, 0x2029);
	expect_unsafe("\u202f", 0, 0x202f);
	expect_unsafe("\u206a", 0, 0x206a);
	expect_unsafe("\u00e4", 0, 0xe4);
	expect_unsafe("\U0001f600", 0, 0x1f600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_error_is_cut),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_setenv),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unsafe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
