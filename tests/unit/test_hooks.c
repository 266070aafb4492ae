/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands on the host around the life of a container. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "runtime/hooks.h"

struct fixture {
	char dir[32];
	char *log; /* path */
	int fd;
	struct jail_settings settings;
	struct hook_container about;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/hooks-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chmod(f->dir, 0777), 0);
	f->log = xasprintf("%s/log", f->dir);
	f->fd = open(f->log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(f->fd >= 0);
	log_setup(f->fd, LOG_INFO_);
	f->about = (struct hook_container){.id = "0123456789ab"};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	log_off();
	close(f->fd);
	unlink(f->log);
	rmdir(f->dir);
	jail_settings_free(&f->settings);
	free(f->log);
	free(f);
	return 0;
}

static int run(struct fixture *f, struct error *err, const char *command)
{
	strings_add(&f->settings.hooks[HOOK_PRESTART], command);
	return hooks_run(&f->settings, HOOK_PRESTART, &f->about, err);
}

static const char *logged(struct fixture *f)
{
	static char text[16384];
	ssize_t n = pread(f->fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void says(const char *text, const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("'%s' does not say '%s'", text, words);
}

static void test_output_is_logged(void **state)
{
	struct fixture *f = *state;
	struct error err;

	assert_int_equal(
		run(f, &err, "/bin/sh -c 'echo \"one  two\"; echo three >&2; printf four'"), 0);
	says(logged(f), "container 0123456789ab: exec.prestart: one  two\n");
	says(logged(f), "exec.prestart: three\n");
	says(logged(f), "exec.prestart: four\n");
}

static void test_shell_where_there_are_its_characters(void **state)
{
	struct fixture *f = *state;
	struct error err;

	assert_int_equal(run(f, &err, "echo one | sed s/o/O/; echo $JNAME"), 0);
	says(logged(f), "exec.prestart: One\n");
	says(logged(f), "exec.prestart: 0123456789ab\n");
	assert_int_equal(run(f, &err, "echo 'not closed"), -1);
	says(err.message, "it exited with 2");
}

static void test_no_shell_otherwise(void **state)
{
	struct fixture *f = *state;
	struct error err;

	/* which would be a comment to a shell */
	assert_int_equal(run(f, &err, "echo #a  b"), 0);
	says(logged(f), "exec.prestart: #a b\n");
}

static void test_environment(void **state)
{
	struct fixture *f = *state;
	struct error err;

	setenv("LEAKED", "1", 1);
	f->about.number = 7;
	f->about.path = "/some/where";
	assert_int_equal(run(f, &err, "/bin/sh -c 'pwd; env | sort'"), 0);
	says(logged(f), "prestart: /\n");
	says(logged(f), "prestart: JID=7\n");
	says(logged(f), "prestart: JNAME=0123456789ab\n");
	says(logged(f), "prestart: JPATH=/some/where\n");
	says(logged(f), "prestart: USER=root\n");
	assert_null(strstr(logged(f), "LEAKED"));
}

static void test_failure_ends_the_series(void **state)
{
	struct fixture *f = *state;
	struct error err;

	strings_add(&f->settings.hooks[HOOK_PRESTART], "echo first");
	strings_add(&f->settings.hooks[HOOK_PRESTART], "/bin/sh -c 'exit 3'");
	assert_int_equal(run(f, &err, "echo last"), -1);
	assert_string_equal(err.message, "exec.prestart '/bin/sh -c 'exit 3'': it exited with 3");
	says(logged(f), "first");
	assert_null(strstr(logged(f), "last"));
}

static void test_failures(void **state)
{
	static const struct {
		const char *command, *words;
	} cases[] = {
		{"kill -9 $$", "signal 9"},
		{"/no/such/program", "could not be executed"},
		{"no-such-program", "no program 'no-such-program'"},
		{"/etc/passwd", "could not be executed"},
	};
	struct fixture *f = *state;
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		strings_free(&f->settings.hooks[HOOK_PRESTART]);
		assert_int_equal(run(f, &err, cases[i].command), -1);
		says(err.message, cases[i].words);
	}
}

static void test_timeout(void **state)
{
	struct fixture *f = *state;
	struct error err;

	f->settings.timeout = 1;
	/* what writes without a pause, and the processes it has started */
	assert_int_equal(run(f, &err, "/bin/sh -c 'yes | cat; wait'"), -1);
	says(err.message, "exec.timeout, 1 seconds");
}

static void test_the_daemon_ends(void **state)
{
	struct fixture *f = *state;
	atomic_bool stopping = true;
	struct error err;

	f->about.stopping = &stopping;
	assert_int_equal(run(f, &err, "sleep 1000"), -1);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
}

static void test_background(void **state)
{
	struct fixture *f = *state;
	struct error err;

	/* what is left behind is not waited for, though it has the output open */
	assert_int_equal(run(f, &err, "/bin/sh -c 'sleep 5 & echo done'"), 0);
	says(logged(f), "done");
}

static void test_user(void **state)
{
	struct fixture *f = *state;
	struct error err;

	if (geteuid() != 0)
		skip();
	f->settings.system_user = xstrdup("nobody");
	assert_int_equal(
		run(f, &err, "/bin/sh -c 'id -un; echo $USER; cat /etc/shadow || true'"), 0);
	says(logged(f), "prestart: nobody\n");
	assert_null(strstr(logged(f), "root:"));
	f->settings.system_user[0] = 'x';
	assert_int_equal(hooks_run(&f->settings, HOOK_PRESTART, &f->about, &err), -1);
	says(err.message, "the host has no user 'xobody'");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_output_is_logged),
		TEST(test_shell_where_there_are_its_characters),
		TEST(test_no_shell_otherwise),
		TEST(test_environment),
		TEST(test_failure_ends_the_series),
		TEST(test_failures),
		TEST(test_timeout),
		TEST(test_the_daemon_ends),
		TEST(test_background),
		TEST(test_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
