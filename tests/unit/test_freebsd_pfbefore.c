/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of pf(4)'s rules, before there are networks, meanwhile, and afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "host/freebsd/command.h"
#include "host/freebsd/pfbefore.h"
#include "host/freebsd/pffile.h"

static const char *template; /* as it is installed */
static char *loaded; /* the text of the file that pfctl(8) took last */
static const char *refused; /* a text that it does not take */

struct fixture {
	char dir[32];
	char *config, *kept;
};

/* In the place of pfctl(8): -q -f FILE. */
int command_run(const char *const argv[], struct buffer *output, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};

	assert_string_equal(argv[0], "/sbin/pfctl");
	assert_string_equal(argv[2], "-f");
	if (strcmp(argv[3], "/dev/null") == 0)
		buffer_puts(&text, "");
	else
		assert_int_equal(pf_file_read(argv[3], &text, err), 0);
	if (refused != NULL && strcmp(text.data, refused) == 0)
		return error_set(err, ERROR_SYSTEM, "syntax error");
	free(loaded);
	loaded = xstrdup(text.data);
	return 0;
}

static void put(const char *path, const char *text)
{
	struct buffer b = {0};
	struct error err;

	buffer_puts(&b, text);
	assert_int_equal(pf_file_write(path, &b, &err), 0);
	buffer_free(&b);
}

/* text: NULL: it is not there. */
static void has(const char *path, const char *text)
{
	AUTO(buffer_free) struct buffer b = {0};
	struct error err;
	int result = pf_file_read(path, &b, &err);

	assert_int_equal(result, text != NULL ? 0 : -1);
	if (text != NULL)
		assert_string_equal(b.data, text);
	else
		assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/pf-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->config = xasprintf("%s/pf.conf", f->dir);
	f->kept = xasprintf("%s.before-kleene", f->config);
	refused = NULL;
	loaded = xstrdup("rules of networks");
	log_off();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	unlink(f->config);
	unlink(f->kept);
	assert_int_equal(rmdir(f->dir), 0); /* nothing else is left */
	free(f->config);
	free(f->kept);
	free(f);
	free(loaded);
	loaded = NULL;
	return 0;
}

static void test_comes_back(void **state)
{
	struct fixture *f = *state;
	struct error err;

	put(f->config, "theirs\n");
	for (int i = 0; i < 2; i++) /* a daemon that was killed does it again */
		assert_int_equal(pfbefore_keep(f->config, &err), 0);
	unlink(f->config);
	put(f->config, "ours\n");
	has(f->kept, "theirs\n");
	assert_int_equal(pfbefore_restore(f->config, f->dir, false, &err), 0);
	has(f->config, "theirs\n");
	has(f->kept, NULL);
	assert_string_equal(loaded, "theirs\n");
}

static void test_nothing_comes_back(void **state)
{
	struct fixture *f = *state;
	struct error err;

	assert_int_equal(pfbefore_keep(f->config, &err), 0);
	put(f->config, "ours\n");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pfbefore_restore(f->config, f->dir, false, &err), 0);
		has(f->config, NULL);
		assert_string_equal(loaded, "");
	}
}

static void test_what_was_written_meanwhile_counts(void **state)
{
	struct fixture *f = *state;
	struct error err;

	put(f->config, "theirs\n");
	assert_int_equal(pfbefore_keep(f->config, &err), 0);
	unlink(f->config);
	put(f->config, "new\n");
	assert_int_equal(pfbefore_restore(f->config, f->dir, true, &err), 0);
	has(f->config, "new\n");
	assert_string_equal(loaded, "new\n");
	/* and is what is kept the next time */
	assert_int_equal(pfbefore_keep(f->config, &err), 0);
	has(f->kept, "new\n");
}

static void test_rules_that_pf_refuses(void **state)
{
	struct fixture *f = *state;
	struct error err;

	put(f->config, "nonsense\n");
	assert_int_equal(pfbefore_keep(f->config, &err), 0);
	unlink(f->config);
	put(f->config, "ours\n");
	refused = "nonsense\n";
	assert_int_equal(pfbefore_restore(f->config, f->dir, false, &err), 0);
	has(f->config, "nonsense\n");
	assert_string_equal(loaded, "");
}

static void test_first_load_that_fails(void **state)
{
	struct fixture *f = *state;
	struct error err;

	put(f->config, "theirs\n");
	assert_int_equal(pfbefore_keep(f->config, &err), 0);
	pfbefore_undo(f->config, f->dir);
	has(f->config, "theirs\n");
	has(f->kept, NULL);
}

static void test_whose_a_file_is(void **state)
{
	const struct firewall nothing = {.instance = "kleene"};
	AUTO(buffer_free) struct buffer ours = {0}, first = {0}, none = {0};
	struct error err;

	assert_int_equal(pf_file_render(template, &nothing, &ours, &err), 0);
	assert_int_equal(pf_file_render_first(template, &first, &err), 0);
	assert_true(pf_file_is_ours(&ours));
	assert_false(pf_file_is_ours(&first));
	assert_false(pf_file_is_ours(&none));
	/* but for what they say of themselves they are the same */
	assert_string_equal(strchr(ours.data, '\n'), strchr(first.data, '\n'));
	assert_int_equal(pf_file_render_first("/no/such/file", &none, &err), -1);
	assert_non_null(strstr(err.message, "/no/such/file"));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_comes_back),
		TEST(test_nothing_comes_back),
		TEST(test_what_was_written_meanwhile_counts),
		TEST(test_rules_that_pf_refuses),
		TEST(test_first_load_that_fails),
		TEST(test_whose_a_file_is),
	};

	if (argc < 2)
		return 1;
	template = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
