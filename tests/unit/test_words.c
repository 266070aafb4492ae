/* SPDX-License-Identifier: BSD-2-Clause */
/* Quoting as in jail.conf(5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "params/words.h"

static const char *joined(struct strings *list)
{
	static char text[256];

	text[0] = '\0';
	for (size_t i = 0; i < list->n; i++) {
		strcat(text, i > 0 ? "|" : "");
		strcat(text, list->v[i]);
	}
	strings_free(list);
	return text;
}

static void test_unquote(void **state)
{
	static const struct {
		const char *text, *expected; /* NULL: refused */
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"a b, c", "a b, c"},
		{"\"a b\"", "a b"},
		{"'a\"b'", "a\"b"},
		{"a'b'\"c\"d", "abcd"},
		{"\\a\\b\\f\\n\\r\\t\\v", "\a\b\f\n\r\t\v"},
		{"\\101\\x42\\x4g\\q\\\"", "AB\4gq\""},
		{"'\\''", "'"},
		{"\"$HOME\"", "$HOME"},
		{"a\\", "a\\"},
		{"'a", NULL},
		{"\"a\\\"", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = {0};
		AUTO_FREE char *text = words_unquote(cases[i].text, &err);

		if (cases[i].expected != NULL)
			assert_string_equal(text, cases[i].expected);
		else
			assert_null(text);
		assert_int_equal(err.kind, cases[i].expected ? ERROR_NONE : ERROR_INVALID);
	}
}

static void test_split(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", ""},
		{" \t ", ""},
		{"one", "one"},
		{" one\ttwo  three ", "one|two|three"},
	};
	struct strings words = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		words_split(cases[i].text, &words);
		assert_string_equal(joined(&words), cases[i].expected);
	}
}

static void test_command(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{" ", ""},
		{"/bin/echo  a, b=c %d #x ^y", "/bin/echo|a,|b=c|%d|#x|^y"},
		{"echo x > /tmp/hook", "/bin/sh|-c|echo x > /tmp/hook"},
		{" echo 'a  b' ", "/bin/sh|-c| echo 'a  b' "},
		{"daemon &", "/bin/sh|-c|daemon &"},
	};
	static const char characters[] = "!\"$&'()*;<>?[\\]`{|}~";
	struct strings words = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		words_command(cases[i].text, &words);
		assert_string_equal(joined(&words), cases[i].expected);
	}
	for (const char *c = characters; *c != '\0'; c++) {
		char text[] = {'a', *c, '\0'};

		words_command(text, &words);
		assert_int_equal(words.n, 3);
		assert_string_equal(words.v[2], text);
		strings_free(&words);
	}
}

static void test_elements(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", ""},
		{",,", ""},
		{"a", "a"},
		{"a,b , c", "a|b|c"},
		{"\"a, b\" , 'c,d'", "\"a, b\"|'c,d'"},
		{"a\\,b,c", "a\\,b|c"},
	};
	struct strings elements = {0};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(words_elements(cases[i].text, &elements, &err), 0);
		assert_string_equal(joined(&elements), cases[i].expected);
	}
	assert_int_equal(words_elements("a,\"b", &elements, &err), -1);
	strings_free(&elements);
}

static void test_quoted(void **state)
{
	assert_true(words_quoted("\"a b\""));
	assert_true(words_quoted("'a \\' b'"));
	assert_true(words_quoted("''"));
	assert_false(words_quoted(""));
	assert_false(words_quoted("a"));
	assert_false(words_quoted("'a' 'b'"));
	assert_false(words_quoted("'a'b"));
	assert_false(words_quoted("'a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unquote),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
