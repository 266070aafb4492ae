/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of rctl(8) as text: made, and found again in the kernel's messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/freebsd/rules.h"

#define JAIL "0123456789ab"

static void expect(struct limits l, unsigned int tag, const char *joined)
{
	struct strings rules = {0};
	struct buffer text = {0};

	rules_make(JAIL, &l, tag, &rules);
	buffer_puts(&text, "");
	for (size_t i = 0; i < rules.n; i++)
		buffer_printf(&text, "%s%s", i ? " " : "", rules.v[i]);
	assert_string_equal(text.data, joined);
	strings_free(&rules);
	buffer_free(&text);
}

static void test_make(void **state)
{
	expect((struct limits){0}, 7, "");
	expect((struct limits){.memory = 64 << 20}, 7,
		"jail:" JAIL ":memoryuse:log=67108871 jail:" JAIL ":memoryuse:sigkill=67108871 "
		"jail:" JAIL ":swapuse:log=268435463 jail:" JAIL ":swapuse:sigkill=268435463");
	/* what is resident are whole pages */
	expect((struct limits){.memory = (4 << 20) + 4095}, 1,
		"jail:" JAIL ":memoryuse:log=4194305 jail:" JAIL ":memoryuse:sigkill=4194305 "
		"jail:" JAIL ":swapuse:log=16777217 jail:" JAIL ":swapuse:sigkill=16777217");
	expect((struct limits){.cpu = 500}, 7, "jail:" JAIL ":pcpu:deny=50");
	expect((struct limits){.cpu = 1}, 7, "jail:" JAIL ":pcpu:deny=1");
	expect((struct limits){.cpu = 2500, .pids = 32}, 7,
		"jail:" JAIL ":pcpu:deny=250 jail:" JAIL ":maxproc:deny=32 jail:" JAIL
		":nthr:deny=32");
}

/* Each rule must be matched by a filter, or it would never go. */
static void test_filters(void **state)
{
	struct limits all = {.memory = 64 << 20, .cpu = 500, .pids = 32};
	struct strings rules = {0}, filters = {0};

	rules_make(JAIL, &all, 7, &rules);
	rules_filters(JAIL, &filters);
	assert_int_equal(rules.n, filters.n);
	for (size_t i = 0; i < rules.n; i++) {
		*strchr(rules.v[i], '=') = '\0';
		assert_true(strings_has(&filters, rules.v[i]));
	}
	strings_free(&rules);
	strings_free(&filters);
}

static void test_matched(void **state)
{
	static const char messages[] =
		"Trying to mount root\0\nrctl: rule \"jail:" JAIL
		":memoryuse:log=67108871\" matched by pid 12 (tail), uid 0, jail " JAIL "\n"
		"pid 12 (tail), jid 3, uid 0, was killed\n";
	const char *rule = "jail:" JAIL ":memoryuse:log=67108871";

	assert_true(rules_matched(rule, messages, sizeof(messages) - 1));
	assert_true(rules_matched("jail:x:swapuse:log=1,jail:" JAIL ":memoryuse:log=67108871",
		messages, sizeof(messages) - 1));
	/* of another run, of another container, of none */
	assert_false(rules_matched(
		"jail:" JAIL ":memoryuse:log=67108872", messages, sizeof(messages) - 1));
	assert_false(rules_matched(
		"jail:" JAIL ":memoryuse:log=6710887", messages, sizeof(messages) - 1));
	assert_false(rules_matched(
		"jail:aaaaaaaaaaaa:memoryuse:log=67108871", messages, sizeof(messages) - 1));
	assert_false(rules_matched("", messages, sizeof(messages) - 1));
	assert_false(rules_matched(rule, "", 0));
}

static void test_jails(void **state)
{
	struct strings jails = {0};

	rules_jails("jail:a:pcpu:deny=50,user:3:maxproc:deny=9,jail:b:pcpu:deny=1,"
		    "jail:a:maxproc:deny=3,jail:",
		&jails);
	assert_int_equal(jails.n, 2);
	assert_string_equal(jails.v[0], "a");
	assert_string_equal(jails.v[1], "b");
	strings_free(&jails);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_matched),
		cmocka_unit_test(test_jails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
