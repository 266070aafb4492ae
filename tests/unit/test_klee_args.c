/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: abbreviations, combined letters, where COMMAND begins, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "klee/args.h"

static const char *const colours[] = {"red", "green", NULL};

static const struct option options[] = {
	{"name", 0, OPTION_VALUE, "NAME", NULL, "a value"},
	{"network", 'n', OPTION_LIST, "NETWORK", NULL, "a list"},
	{"env", 'e', OPTION_LIST, "NAME=VALUE", NULL, "another list"},
	{"rm", 0, OPTION_FLAG, NULL, NULL, "a flag"},
	{"restart", 0, OPTION_VALUE, "POLICY", NULL, "another value"},
	{"interactive", 'i', OPTION_FLAG, NULL, NULL, "a flag with a letter"},
	{"tty", 't', OPTION_FLAG, NULL, NULL, "another"},
	{"dns", 0, OPTION_SWITCH, NULL, NULL, "a switch"},
	{"colour", 'c', OPTION_VALUE, "COLOUR", colours, "a choice"},
	{0},
};

static const struct option more[] = {
	{"quiet", 'q', OPTION_FLAG, NULL, NULL, "in a second table"},
	{0},
};

static const struct option *const tables[] = {options, more, NULL};

#define ARGV(...)                                                                                  \
	(const char *[])                                                                           \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static int parse(struct args *a, size_t leading, const char **argv, struct error *err)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	*a = (struct args){0};
	*err = (struct error){0};
	return args_parse(a, tables, leading, argc, (char **)argv, err);
}

static void expect_words(
	struct args *a, size_t leading, const char **argv, const char *const *words)
{
	struct error err;
	size_t n = 0;

	assert_int_equal(parse(a, leading, argv, &err), 0);
	for (; words[n] != NULL; n++) {
		assert_true(n < a->nwords);
		assert_string_equal(a->words[n], words[n]);
	}
	assert_int_equal(a->nwords, n);
}

static void expect_error(const char **argv, int code, const char *part)
{
	struct args a;
	struct error err;

	assert_int_equal(parse(&a, SIZE_MAX, argv, &err), -1);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.message, part));
	args_free(&a);
}

static void test_mixed(void **state)
{
	struct args a;
	struct strings env = {0};

	expect_words(&a, 1,
		ARGV("-it", "IMAGE", "-eA=1", "--env", "B=2", "--network=host", "ls", "-l", "--rm",
			"--"),
		(const char *[]){"IMAGE", "ls", "-l", "--rm", "--", NULL});
	assert_true(args_flag(&a, "interactive"));
	assert_true(args_flag(&a, "tty"));
	assert_false(args_flag(&a, "rm"));
	args_list(&a, "env", &env);
	assert_int_equal(env.n, 2);
	assert_string_equal(env.v[0], "A=1");
	assert_string_equal(env.v[1], "B=2");
	assert_string_equal(args_value(&a, "network"), "host");
	assert_null(args_value(&a, "name"));
	strings_free(&env);
	args_free(&a);
}

static void test_double_dash(void **state)
{
	struct args a;

	expect_words(&a, 1, ARGV("-i", "--", "-t", "-q"), (const char *[]){"-t", "-q", NULL});
	assert_false(args_flag(&a, "tty"));
	args_free(&a);
	expect_words(&a, 1, ARGV("IMAGE", "--", "-t"), (const char *[]){"IMAGE", "-t", NULL});
	args_free(&a);
}

static void test_words_everywhere(void **state)
{
	struct args a;

	expect_words(&a, SIZE_MAX, ARGV("a", "-q", "b", "-", "--rm", "c"),
		(const char *[]){"a", "b", "-", "c", NULL});
	assert_true(args_flag(&a, "quiet"));
	assert_true(args_flag(&a, "rm"));
	args_free(&a);
	/* global options end at the command's name */
	expect_words(&a, 0, ARGV("-q", "run", "-i"), (const char *[]){"run", "-i", NULL});
	assert_false(args_flag(&a, "interactive"));
	args_free(&a);
}

static void test_long_options(void **state)
{
	struct args a;
	struct error err;

	assert_int_equal(
		parse(&a, SIZE_MAX, ARGV("--inter", "--na", "x", "--name=y", "--no-d"), &err), 0);
	assert_true(args_flag(&a, "interactive"));
	assert_string_equal(args_value(&a, "name"), "y");
	assert_int_equal(args_switch(&a, "dns"), 0);
	args_free(&a);
	assert_int_equal(parse(&a, SIZE_MAX, ARGV("--no-dns", "--dns", "--name", "--rm"), &err), 0);
	assert_int_equal(args_switch(&a, "dns"), 1);
	assert_string_equal(args_value(&a, "name"), "--rm");
	args_free(&a);
	assert_int_equal(parse(&a, SIZE_MAX, ARGV("--name="), &err), 0);
	assert_string_equal(args_value(&a, "name"), "");
	assert_int_equal(args_switch(&a, "dns"), -1);
	args_free(&a);
}

/* As the client that is published for Python has them. */
static void test_switches_with_a_value(void **state)
{
	struct args a;
	struct error err;

	assert_int_equal(parse(&a, SIZE_MAX, ARGV("--dns", "false", "word"), &err), 0);
	assert_int_equal(args_switch(&a, "dns"), 0);
	assert_int_equal(a.nwords, 1);
	args_free(&a);
	assert_int_equal(parse(&a, SIZE_MAX, ARGV("--dns=true"), &err), 0);
	assert_int_equal(args_switch(&a, "dns"), 1);
	args_free(&a);
	assert_int_equal(parse(&a, SIZE_MAX, ARGV("--no-dns=true", "--dns", "x"), &err), 0);
	assert_int_equal(args_switch(&a, "dns"), 1);
	assert_int_equal(a.nwords, 1);
	args_free(&a);
	expect_error(ARGV("--dns=maybe"), EXIT_USAGE, "true or false");
}

static void test_errors(void **state)
{
	expect_error(ARGV("--bogus"), EXIT_USAGE, "--bogus");
	expect_error(ARGV("--no-rm"), EXIT_USAGE, "--no-rm");
	expect_error(ARGV("--r"), EXIT_USAGE, "--rm, --restart");
	expect_error(ARGV("--n"), EXIT_USAGE, "ambiguous");
	expect_error(ARGV("--rm=1"), EXIT_USAGE, "takes no value");
	expect_error(ARGV("--name"), EXIT_USAGE, "needs a value");
	expect_error(ARGV("-iz"), EXIT_USAGE, "'-z'");
	expect_error(ARGV("-ie"), EXIT_USAGE, "'-e' needs a value");
	expect_error(ARGV("--colour", "blue"), EXIT_KLEE_FAILED, "red, green");
	expect_error(ARGV("-cblue"), EXIT_KLEE_FAILED, "'blue'");
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {"", "x", "1x", "-1", "99999999999999999999"};
	struct args a;
	struct error err;
	long long n;

	assert_int_equal(parse(&a, 0, ARGV("--name", "12"), &err), 0);
	assert_int_equal(args_number(&a, "name", 0, -1, &n, &err), 0);
	assert_int_equal(n, 12);
	assert_int_equal(args_number(&a, "restart", 0, -1, &n, &err), 0);
	assert_int_equal(n, -1);
	args_free(&a);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(&a, 0, ARGV("--name", bad[i]), &err), 0);
		assert_int_equal(args_number(&a, "name", 0, -1, &n, &err), -1);
		assert_int_equal(err.code, EXIT_KLEE_FAILED);
		args_free(&a);
	}
}

static void expect_arity(const char *arguments, size_t min, size_t max, size_t leading)
{
	const struct command command = {.arguments = arguments};
	struct arity arity = command_arity(&command);

	assert_int_equal(arity.min, min);
	assert_int_equal(arity.max, max);
	assert_int_equal(arity.leading, leading);
}

static void test_arity(void **state)
{
	expect_arity("", 0, 0, SIZE_MAX);
	expect_arity("CONTAINER", 1, 1, SIZE_MAX);
	expect_arity("CONTAINER...", 1, SIZE_MAX, SIZE_MAX);
	expect_arity("METHOD [SOURCE]", 1, 2, SIZE_MAX);
	expect_arity("IMAGE [COMMAND]...", 1, SIZE_MAX, 1);
}

/* Help, parsing and shortcuts rest on the table: its rows must make sense together. */
static void test_commands(void **state)
{
	for (size_t i = 0; commands[i] != NULL; i++) {
		const struct command *c = commands[i];

		assert_non_null(group_find(c->group));
		assert_ptr_equal(command_find(c->group, c->name), c);
		assert_non_null(c->run);
		if (c->shortcut == NULL)
			continue;
		assert_ptr_equal(command_find(NULL, c->shortcut), c);
		assert_null(group_find(c->shortcut));
	}
	assert_null(command_find("container", "nonsense"));
	assert_null(command_find(NULL, "connect"));
	assert_ptr_equal(command_find(NULL, "ps"), command_find("container", "ls"));
	assert_null(command_find(NULL, "pull"));
	for (const struct word *w = other_words; w->word != NULL; w++) {
		assert_true((w->command == NULL) == (w->instead != NULL));
		assert_ptr_equal(word_find(w->group, w->word), w);
		assert_null(w->group == NULL ? group_find(w->word) : NULL);
	}
}

static const struct option *own(const struct command *c, const char *name, char letter)
{
	for (size_t t = 0; c->options[t] != NULL; t++)
		for (const struct option *o = c->options[t]; o->name != NULL; o++)
			if ((name != NULL && strcmp(o->name, name) == 0) ||
				(letter != 0 && o->letter == letter))
				return o;
	return NULL;
}

/* What others call options leads to one that is there, and hides none of Klee's. */
static void test_other_options(void **state)
{
	for (const struct other_option *o = other_options; o->commands != NULL; o++) {
		assert_true((o->kind == OTHER_LACKING) == (o->instead != NULL));
		assert_true((o->kind == OTHER_SAME || o->kind == OTHER_SAME_BEFORE_WORD) ==
			    (o->same != NULL));
		for (size_t i = 0; o->commands[i] != NULL; i++) {
			const struct command *c = o->commands[i];

			if (o->same != NULL)
				assert_non_null(own(c, o->same, 0));
			if (o->name != NULL && !(o->same != NULL && strcmp(o->same, o->name) == 0))
				assert_null(own(c, o->name, 0));
			if (o->name != NULL)
				assert_non_null(other_option_long(c, o->name, strlen(o->name)));
			if (o->name != NULL && o->letter != 0)
				assert_null(own(c, NULL, o->letter));
		}
	}
}

static void test_option_tables(void **state)
{
	for (size_t i = 0; commands[i] != NULL; i++) {
		const struct option *const *t = commands[i]->options;
		struct strings seen = {0};

		for (size_t n = 0; t[n] != NULL; n++) {
			for (const struct option *o = t[n]; o->name != NULL; o++) {
				char letter[2] = {o->letter, '\0'};

				assert_false(strings_has(&seen, o->name));
				strings_add(&seen, o->name);
				if (o->letter == 0)
					continue;
				assert_false(strings_has(&seen, letter));
				strings_add(&seen, letter);
			}
		}
		strings_free(&seen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_double_dash),
		cmocka_unit_test(test_words_everywhere),
		cmocka_unit_test(test_long_options),
		cmocka_unit_test(test_switches_with_a_value),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_arity),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_option_tables),
		cmocka_unit_test(test_other_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
