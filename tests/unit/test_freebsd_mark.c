/* SPDX-License-Identifier: BSD-2-Clause */
/* Marks of interfaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/freebsd/mark.h"

static void test_both_ways(void **state)
{
	const struct mark network = {.instance = "kleene", .id = "00000000000a"};
	const struct mark endpoint = {
		.instance = "other_1", .id = "abcdef012345", .peer = "epair1234b"};
	struct mark m;
	char text[128];

	mark_format(&network, text, sizeof(text));
	assert_string_equal(text, "kleene kleene network 00000000000a");
	assert_true(mark_parse(text, &m));
	assert_string_equal(m.instance, "kleene");
	assert_string_equal(m.id, "00000000000a");
	assert_string_equal(m.peer, "");
	mark_format(&endpoint, text, sizeof(text));
	assert_string_equal(text, "kleene other_1 endpoint abcdef012345 epair1234b");
	assert_true(mark_parse(text, &m));
	assert_string_equal(m.instance, "other_1");
	assert_string_equal(m.peer, "epair1234b");
}

static void test_others(void **state)
{
	static const char *const texts[] = {"", "uplink", "kleene", "kleene a", "kleene a network",
		"kleene a network b", "kleene a network 00000000000a epair0b",
		"kleene a endpoint 00000000000a", "kleene a endpoint 00000000000a epair0b c",
		"Kleene a network 00000000000a", "kleene a bridge 00000000000a"};
	struct mark m;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(mark_parse(texts[i], &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
