/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns of file names, and .dockerignore. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build/match.h"

static void test_names(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{"a", "a", true},
		{"a", "b", false},
		{"a", "ab", false},
		{"", "", true},
		{"*", "", true},
		{"*", ".hidden", true},
		{"*.c", "a.c", true},
		{"*.c", "a.h", false},
		{"a*b*c", "aXbYc", true},
		{"a*b*c", "aXbY", false},
		{"?", "a", true},
		{"?", "", false},
		{"??", "a", false},
		{"[a-c]", "b", true},
		{"[a-c]", "d", false},
		{"[!a-c]", "d", true},
		{"[^a-c]", "a", false},
		{"[]x]", "]", true},
		{"[a\\]]", "]", true},
		{"[a-]", "-", true},
		{"[", "[", true},
		{"[a", "[a", true},
		{"\\*", "*", true},
		{"\\*", "a", false},
		{"\\", "\\", true},
		{"a\\b", "ab", true},
		{"*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaa", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (match_name(cases[i].pattern, cases[i].name) != cases[i].matches)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].name);
}

static void test_wildcards(void **state)
{
	assert_true(match_has_wildcards("a*"));
	assert_true(match_has_wildcards("[a]"));
	assert_false(match_has_wildcards("a\\*b\\?"));
	char *plain = match_unquote("a\\*b\\\\c");
	assert_string_equal(plain, "a*b\\c");
	free(plain);
}

static void alternatives(const char *pattern, const char *joined)
{
	struct strings patterns = {0};
	bool few = match_alternatives(pattern, &patterns);
	char *found = few ? strings_join(&patterns, "|") : xstrdup("too many");

	assert_string_equal(found, joined);
	free(found);
	strings_free(&patterns);
}

static void test_alternatives(void **state)
{
	struct buffer many = {0};

	alternatives("a", "a");
	alternatives("x{a,b}y", "xay|xby");
	alternatives("{a,b{c,d}}/{e,}", "a/e|a/|bc/e|bc/|bd/e|bd/");
	alternatives("{a} {b,c {,", "{a} {b,c {,");
	alternatives("\\{a,b} {a\\,b}", "\\{a,b} {a\\,b}");
	alternatives("{{a,b}", "{a|{b");
	for (int i = 0; i < 10; i++)
		buffer_puts(&many, "{a,b}");
	alternatives(many.data, "too many");
	for (int i = 0; i < 1000; i++)
		buffer_puts(&many, "{,}");
	buffer_puts(&many, "{");
	for (int i = 0; i < 1000; i++)
		buffer_puts(&many, "{{{{,,,,}}}}");
	alternatives(many.data, "too many");
	buffer_free(&many);
}

static void ignores(const char *rules, const char *path, bool expected)
{
	struct ignore ignore = {0};

	ignore_parse(rules, &ignore);
	if (ignore_has(&ignore, path) != expected)
		fail_msg("'%s' and '%s'", rules, path);
	ignore_free(&ignore);
}

static void test_ignore(void **state)
{
	ignores("", "a", false);
	ignores("# a\n\n  \na\n", "a", true);
	ignores("\xef\xbb\xbf"
		"a\r\n\t b\r\n",
		"a", true);
	ignores("\xef\xbb\xbf"
		"a\r\n\t b\r\n",
		"b", true);
	ignores("a", "a/b/c", true); /* what is in it, too */
	ignores("b", "a/b", false);
	ignores("**/b", "a/c/b", true);
	ignores("**/b", "b", true);
	ignores("a/**/d", "a/b/c/d", true);
	ignores("a/**/d", "a/d", true);
	ignores("*.o", "x.o", true);
	ignores("*.o", "d/x.o", false);
	ignores("/a", "a", true);
	ignores("./a/../b", "b", true);
	ignores("a \r\n", "a", true);
	ignores("*\n!keep", "keep", false);
	ignores("*\n!keep", "other", true);
	ignores("*\n!keep\nkeep/not", "keep/not", true);
	ignores("!a\n*", "a", true); /* the last that fits decides */
	ignores("..", "a", false);
	ignores("a", "", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_ignore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
