/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables in instructions: the rules of sh, and nothing that is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build/assignments.h"
#include "build/variables.h"

static char *const set[] = {(char *)"x=value", (char *)"two=a b",
	(char *)"empty=", (char *)"odd=\"$x\" `id` \\ ; '", (char *)"star=*", (char *)"x_1=longer"};
static const struct strings vars = {(char **)(uintptr_t)set, ARRAY_SIZE(set)};

static void words_are(const char *text, enum words_mode mode, bool patterns, const char *joined)
{
	struct strings words = {0};
	struct error err = {0};
	char *found;

	if (words_expand(text, &vars, mode, patterns, &words, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	found = strings_join(&words, "|");
	assert_string_equal(found, joined);
	free(found);
	strings_free(&words);
}

static void test_words(void **state)
{
	words_are("a  b\tc", WORDS_WHOLE, false, "a|b|c");
	words_are("$x ${x} $x_1 ${x}_1", WORDS_WHOLE, false, "value|value|longer|value_1");
	words_are("A=$two '$x' \"$x\" \\$x", WORDS_WHOLE, false, "A=a b|$x|value|$x");
	words_are("'' \"\" $empty $unset \"$empty\"", WORDS_WHOLE, false, "||");
	words_are("a'b c'd\"e f\"", WORDS_WHOLE, false, "ab cde f");
	words_are("\"\\$x \\a \\\" \\\\\" \\a \\\\", WORDS_WHOLE, false, "$x \\a \" \\|a|\\");
	words_are("$ $1 $- a$", WORDS_WHOLE, false, "$|$1|$-|a$");
	words_are("$two \"$two\" x$two", WORDS_SPLIT, false, "a|b|a b|xa|b");
}

static void assigns(const char *text, enum assignment_names names, const char *joined)
{
	struct strings words = {0};
	struct error err = {0};
	char *found;

	if (assignments_expand(text, &vars, names, &words, &err) != 0)
		strings_add(&words, "none");
	found = strings_join(&words, "|");
	assert_string_equal(found, joined);
	free(found);
	strings_free(&words);
}

static void test_assignments(void **state)
{
	assigns("A=1 B='2 3' C=\"$x\"", NAMES_OF_VARIABLES, "A=1|B=2 3|C=value");
	assigns("A 1  2 $x", NAMES_OF_VARIABLES, "A=1  2 value");
	assigns("A \"1  2\" 3", NAMES_OF_VARIABLES, "A=1  2 3");
	assigns("A=a b  c", NAMES_OF_VARIABLES, "A=a b  c");
	assigns("A=-a -Db=c $x", NAMES_OF_VARIABLES, "A=-a -Db=c value");
	assigns("A=b=c", NAMES_OF_VARIABLES, "A=b=c");
	assigns("A=", NAMES_OF_VARIABLES, "A=");
	assigns("A b=c", NAMES_OF_VARIABLES, "A=b=c");
	assigns("A", NAMES_OF_VARIABLES, "none");
	assigns("A-B c", NAMES_OF_VARIABLES, "none");
	assigns("A-B=c", NAMES_OF_VARIABLES, "none");
	assigns("A=1 # b", NAMES_OF_VARIABLES, "none");
	assigns("a.b=1 \"c d\"=2", NAMES_ANY, "a.b=1|c d=2");
	assigns("\"c d\"=2 e-f=\"g h\"", NAMES_ANY, "c d=2|e-f=g h");
	assigns("a.b c d", NAMES_ANY, "a.b=c d");
	assigns("=c", NAMES_ANY, "none");
	assigns("", NAMES_ANY, "none");
	assigns("\"\"", NAMES_ANY, "none");
}

static void test_nothing_is_run(void **state)
{
	words_are("$(id) `id` $odd", WORDS_WHOLE, false, "$(id)|`id`|\"$x\" `id` \\ ; '");
	words_are("${unset:-$(id)}${odd:+`id`}", WORDS_WHOLE, false, "$(id)`id`");
}

static void test_alternatives(void **state)
{
	words_are("${x:-w} ${empty:-w} ${unset:-w}", WORDS_WHOLE, false, "value|w|w");
	words_are("${x-w} ${empty-w}. ${unset-w}", WORDS_WHOLE, false, "value|.|w");
	words_are("${x:+w} ${empty:+w}. ${unset:+w}.", WORDS_WHOLE, false, "w|.|.");
	words_are("${x+w} ${empty+w} ${unset+w}.", WORDS_WHOLE, false, "w|w|.");
	words_are("${unset:-${empty:-$x}} ${x:+${x}2}", WORDS_WHOLE, false, "value|value2");
	words_are("${unset:-a b} \"${unset:-a b}\" ${unset:-'}'}", WORDS_WHOLE, false, "a b|a b|}");
	words_are("${unset:-a b} ${unset:-'a b'} \"${unset:-a b}\"", WORDS_SPLIT, false,
		"a|b|a b|a b");
	words_are("\"${unset:-\"a b\"}\" \"${unset:-'a'}\"", WORDS_WHOLE, false, "a b|'a'");
}

static void test_patterns(void **state)
{
	words_are("*.c '*' \"?\" \\[ $star \"$star\"", WORDS_SPLIT, true, "*.c|\\*|\\?|\\[|*|\\*");
	words_are("a\\\\b", WORDS_SPLIT, true, "a\\\\b");
	words_are("a\\\\[b] \"c\\\\*\" {a,b} '{a,b}'", WORDS_SPLIT, true,
		"a\\[b]|c\\*|{a,b}|\\{a\\,b\\}");
}

static void test_errors(void **state)
{
	static const char *const bad[] = {"\"", "'", "${", "${}", "${1}", "${x", "${x:", "${x:?a}",
		"${x:-", "${x%y}", "${#x}", "${x:-\"}", "${x:-${}}", "a${x!}"};
	struct strings words = {0};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err = {0};

		assert_int_equal(words_expand(bad[i], &vars, WORDS_WHOLE, false, &words, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		/* the same without any values, as instructions are checked */
		assert_int_equal(words_expand(bad[i], NULL, WORDS_WHOLE, false, &words, &err), -1);
	}
	strings_free(&words);
}

static void test_limits(void **state)
{
	struct strings words = {0}, many = {0};
	struct buffer text = {0};
	struct error err = {0};

	/* each twice as long as the one before: never more than the limit */
	strings_add(&many, "a=0123456789");
	for (int i = 0; i < 30; i++) {
		const char *a = variable_value(&many, "a", 1);
		char *twice = xasprintf("a=%s%s", a, a);
		struct strings next = {0};
		int rc = words_expand("a=$a$a", &many, WORDS_WHOLE, false, &next, &err);

		if (rc == 0)
			strings_setenv(&many, twice);
		free(twice);
		strings_free(&next);
		if (rc != 0)
			break;
		assert_true(i < 29);
	}
	assert_true(strlen(many.v[0]) <= EXPANDED_MAX + 2);
	for (int i = 0; i < 100000; i++)
		buffer_puts(&text, "${x:-");
	assert_int_equal(words_expand(text.data, &vars, WORDS_WHOLE, false, &words, &err), -1);
	buffer_free(&text);
	strings_free(&words);
	strings_free(&many);
}

static void text_is(const char *text, const char *expected)
{
	struct error err = {0};
	char *found = text_expand(text, &vars, &err);

	if (found == NULL)
		fail_msg("%s", err.message);
	assert_string_equal(found, expected);
	free(found);
}

static void test_text(void **state)
{
	text_is("a  \"$x\" '$x' \\$x \\n", "a  \"value\" 'value' $x \\n");
	text_is("${unset:-a \"b\"} ${x:+}", "a \"b\" ");
	text_is("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_assignments),
		cmocka_unit_test(test_nothing_is_run),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
