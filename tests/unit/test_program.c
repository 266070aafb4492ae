/* SPDX-License-Identifier: BSD-2-Clause */
/* Running programs in namespaces of their own. Needs root. */
#include "tree.h"

#include <sys/mount.h>

#include "host/linux/program.h"

struct seen {
	struct strings lines;
	bool cancel;
	struct error err;
};

static void on_line(void *arg, const char *text)
{
	struct seen *s = arg;

	strings_add(&s->lines, text);
	if (strcmp(text, "cancel me") == 0)
		s->cancel = true;
}

static bool on_cancelled(void *arg)
{
	return ((struct seen *)arg)->cancel;
}

static int run(struct seen *s, const char *script)
{
	struct progress p = {.line = on_line, .cancelled = on_cancelled, .arg = s};
	struct strings argv = {0}, env = {0};

	strings_add(&argv, "/bin/sh");
	strings_add(&argv, "-c");
	strings_add(&argv, script);
	strings_add(&env, "NAME=value");
	strings_add(&env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	int rc = program_run(&argv, &env, &p, &s->err);
	strings_free(&argv);
	strings_free(&env);
	return rc;
}

static void test_output(void **state)
{
	struct seen s = {0};

	assert_int_equal(
		run(&s, "echo one; echo $NAME >&2; printf 'a\\rb\\033\\n\\nlast'; echo $$"), 0);
	assert_int_equal(s.lines.n, 5);
	assert_string_equal(s.lines.v[1], "value");
	assert_string_equal(s.lines.v[3], "b ");
	assert_string_equal(s.lines.v[4], "last1"); /* it is PID 1 */
	strings_free(&s.lines);
}

static void test_failure(void **state)
{
	struct seen s = {0};

	assert_int_equal(run(&s, "echo why; exit 3"), -1);
	assert_string_equal(s.err.message, "/bin/sh failed with exit code 3: why");
	strings_free(&s.lines);
	s = (struct seen){0};
	assert_int_equal(
		run(&s, "echo 'E: the cause'; echo 'E: that it failed'; echo end; exit 3"), -1);
	assert_string_equal(s.err.message, "/bin/sh failed with exit code 3: E: the cause");
	strings_free(&s.lines);
}

/* Ends at once although something goes on in the background, and nothing goes on. */
static void test_cancelled(void **state)
{
	struct seen s = {0};

	assert_int_equal(run(&s, "sleep 1000 & echo cancel me; sleep 1000"), -1);
	assert_non_null(strstr(s.err.message, "cancelled"));
	strings_free(&s.lines);
}

static void test_leaves_nothing(void **state)
{
	char *dir = tree_new();
	AUTO_FREE char *script = xasprintf(
		"mount -t tmpfs t %s && touch %s/x && ls %s; sleep 1000 &", dir, dir, dir);
	struct seen s = {0};

	assert_int_equal(run(&s, script), 0);
	assert_string_equal(s.lines.v[0], "x");
	assert_false(is_there(at("%s/x", dir)));
	strings_free(&s.lines);
	tree_remove(dir);
}

static void test_find(void **state)
{
	AUTO_FREE char *sh = program_find("sh");

	assert_non_null(sh);
	assert_null(program_find("no-such-program"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_leaves_nothing),
		cmocka_unit_test(test_find),
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77; /* skipped */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
