/* SPDX-License-Identifier: BSD-2-Clause */
/* What is shown: ages, tables, lines from kleened, and how a stream's end is understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "klee/age.h"
#include "klee/closing.h"
#include "klee/klee.h"
#include "klee/output.h"
#include "klee/table.h"

static void expect_age(long seconds, const char *words)
{
	AUTO_FREE char *text = age_words(1000000000, 1000000000 + seconds);

	assert_string_equal(text, words);
}

static void test_ages(void **state)
{
	const long minute = 60, hour = 3600, day = 86400;

	expect_age(-5, "Less than a second ago");
	expect_age(0, "Less than a second ago");
	expect_age(1, "1 second ago");
	expect_age(5, "5 seconds ago");
	expect_age(59, "59 seconds ago");
	expect_age(minute, "About a minute ago");
	expect_age(2 * minute, "2 minutes ago");
	expect_age(hour - 1, "59 minutes ago");
	expect_age(hour, "About an hour ago");
	expect_age(47 * hour, "47 hours ago");
	expect_age(2 * day, "2 days ago");
	expect_age(13 * day, "13 days ago");
	expect_age(21 * day, "3 weeks ago");
	expect_age(59 * day, "8 weeks ago");
	expect_age(90 * day, "3 months ago");
	expect_age(729 * day, "24 months ago");
	expect_age(730 * day, "2 years ago");
}

static void test_times(void **state)
{
	assert_int_equal(age_parse("1970-01-01T00:00:00.000000Z"), 0);
	assert_int_equal(age_parse("2001-09-09T01:46:40.123456Z"), 1000000000);
	assert_int_equal(age_parse("2001-09-09T01:46:40"), 1000000000);
	assert_int_equal(age_parse(""), -1);
	assert_int_equal(age_parse("yesterday"), -1);
	assert_int_equal(age_parse("2001-09-09"), -1);
}

static void expect_table(const struct table *t, bool fancy, const char *text)
{
	char *got = NULL;
	size_t size;
	FILE *f = open_memstream(&got, &size);

	table_print(t, f, fancy);
	fclose(f);
	assert_string_equal(got, text);
	free(got);
}

static void test_tables(void **state)
{
	static const char *const titles[] = {"VOLUME NAME", "CREATED", NULL};
	struct table t = {.titles = titles};

	expect_table(&t, false, "VOLUME NAME   CREATED\n");
	table_add(&t, "some_storage");
	table_add(&t, "5 seconds ago");
	expect_table(&t, true,
		"\033[1;36m VOLUME NAME    CREATED\033[0m\n"
		"──────────────────────────────\n"
		" some_storage   5 seconds ago\n");
	table_add(&t, "sm\xc3\xb8r\n\033[2J\xc2\x9bx");
	table_add(&t, "");
	expect_table(&t, false,
		"VOLUME NAME    CREATED\n"
		"some_storage   5 seconds ago\n"
		"sm\xc3\xb8r??[2J?x    \n");
	table_free(&t);
}

static void close_with(struct closing *c, int code, const char *reason)
{
	closing_parse(c, code, reason, strlen(reason));
}

static void expect_exit(const char *message, int code)
{
	struct closing c;
	AUTO_FREE char *reason =
		xasprintf("{\"msg_type\":\"closing\",\"message\":\"%s\",\"data\":\"\"}", message);
	struct error err;

	close_with(&c, CLOSE_DONE, reason);
	assert_string_equal(c.message, message);
	assert_int_equal(closing_exit_code(&c), code);
	assert_int_equal(closing_check(&c, "http://x", &err), 0);
	closing_free(&c);
}

static void test_exit_codes(void **state)
{
	expect_exit("executable 176b56a85a4a and its container exited with exit-code 0", 0);
	expect_exit("176b56a85a4a has exited with exit-code 137", 137);
	expect_exit("176b56a85a4a has exited with exit-code 255", 255);
	expect_exit("176b56a85a4a has exited with exit-code 256", -1);
	expect_exit("176b56a85a4a has exited with exit-code -1", -1);
	expect_exit("176b56a85a4a has exited with exit-code ", -1);
	expect_exit("176b56a85a4a has exited with exit-code 1x", -1);
	expect_exit("something else", -1);
}

static void expect_failure(int code, const char *reason, int error_code, const char *message)
{
	struct closing c;
	struct error err = {0};

	close_with(&c, code, reason);
	assert_int_equal(closing_check(&c, "http://x", &err), -1);
	assert_int_equal(err.code, error_code);
	assert_string_equal(err.message, message);
	closing_free(&c);
}

static void test_failures(void **state)
{
	struct closing c;
	struct error err;

	expect_failure(CLOSE_FAILED, "{\"msg_type\":\"error\",\"message\":\"no\",\"data\":\"127\"}",
		EXIT_NO_COMMAND, "no");
	expect_failure(CLOSE_FAILED, "{\"msg_type\":\"error\",\"message\":\"no\",\"data\":\"126\"}",
		EXIT_CANNOT_EXECUTE, "no");
	expect_failure(CLOSE_MALFORMED, "{\"message\":\"bad field\"}", 500, "bad field");
	expect_failure(CLOSE_FAILED, "not JSON", 500, "not JSON");
	expect_failure(
		CLOSE_FAILED, "", 500, "kleened at http://x closed the stream with code 1011");
	expect_failure(0, "", 0, "the connection to kleened at http://x was lost");
	expect_failure(0, "timed out", 0, "cannot connect to kleened at http://x: timed out");
	close_with(&c, CLOSE_DETACHED, "{\"msg_type\":\"closing\",\"message\":\"\",\"data\":\"\"}");
	assert_int_equal(closing_check(&c, "http://x", &err), 0);
	closing_free(&c);
}

static void expect_path(const char *format, const char *a, const char *b, const char *path)
{
	AUTO_FREE char *got = client_path(format, a, b);

	assert_string_equal(got, path);
}

static void test_paths(void **state)
{
	expect_path("/containers/%s/stop", "web", "", "/containers/web/stop");
	expect_path("/images/%s/tag?nametag=%s", "a:b@c", "n&m=1",
		"/images/a:b@c/tag?nametag=n%26m%3D1");
	expect_path("/x/%s", "../a b?#%\n\xc3\xb8", "", "/x/..%2Fa%20b%3F%23%25%0A%C3%B8");
}

/* Pieces of frames arrive on the descriptor that the frame's first byte names. */
static void test_split_output(void **state)
{
	struct output o = {.split = true, .last_of = STDOUT_FILENO, .last = '\n'};
	int saved[3], pipes[3][2];
	char text[64];
	struct error err;
	ssize_t n;

	for (int fd = 1; fd <= 2; fd++) {
		assert_int_equal(pipe(pipes[fd]), 0);
		saved[fd] = dup(fd);
		dup2(pipes[fd][1], fd);
	}
	output_piece(&o, "\1one ", 5, true, false, &err);
	output_piece(&o, "\2two", 4, false, false, &err);
	output_piece(&o, "\2error\n", 7, true, false, &err);
	output_piece(&o, "\1", 1, true, false, &err);
	output_piece(&o, "\2text", 5, true, true, &err);
	for (int fd = 1; fd <= 2; fd++) {
		dup2(saved[fd], fd);
		close(pipes[fd][1]);
		close(saved[fd]);
	}
	assert_int_equal(o.last, 't');
	n = read(pipes[1][0], text, sizeof(text));
	assert_int_equal(n, 13);
	assert_memory_equal(text, "one \2two\2text", 13);
	n = read(pipes[2][0], text, sizeof(text));
	assert_int_equal(n, 6);
	assert_memory_equal(text, "error\n", 6);
	close(pipes[1][0]);
	close(pipes[2][0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_split_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
