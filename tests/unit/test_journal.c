/* SPDX-License-Identifier: BSD-2-Clause */
/* The warden's logs: format, changing over, taking up again. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tree.h"
#include "warden/journal.h"

#define LINE_LEN 43 /* of "… stdout F text1\n" */
#define TURN_LEN 3 /* of "#1\n" */

struct files {
	char *dir;
	int logs[2], status;
};

static void open_files(struct files *f)
{
	for (int i = 0; i < 2; i++)
		f->logs[i] = open(at("%s/%d", f->dir, i), O_RDWR | O_CREAT | O_APPEND, 0600);
	f->status = open(at("%s/status", f->dir), O_RDWR | O_CREAT | O_APPEND, 0600);
	assert_true(f->logs[0] >= 0 && f->logs[1] >= 0 && f->status >= 0);
}

static void close_files(struct files *f)
{
	close(f->logs[0]);
	close(f->logs[1]);
	close(f->status);
}

static int set_up(void **state)
{
	struct files *f = xcalloc(1, sizeof(*f));

	f->dir = tree_new();
	open_files(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct files *f = *state;

	close_files(f);
	tree_remove(f->dir);
	free(f);
	return 0;
}

/* The file's text; the caller frees. */
static char *text_of(int fd)
{
	char *text = xcalloc(1, 65536);

	assert_true(pread(fd, text, 65535, 0) >= 0);
	return text;
}

static void assert_matches(const char *text, const char *pattern)
{
	regex_t re;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&re, text, 0, NULL, 0) != 0)
		fail_msg("'%s' does not match %s", text, pattern);
	regfree(&re);
}

#define STAMP "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z "

static void test_lines(void **state)
{
	struct files *f = *state;
	struct journal j;
	AUTO_FREE char *text = NULL;

	journal_init(&j, f->logs, f->status, 4096);
	journal_output(&j, "stdout", "one\n\ntwo", 8);
	journal_output(&j, "stderr", "three\n", 6);
	journal_output(&j, "stderr", "", 0);
	text = text_of(f->logs[0]);
	assert_matches(text, "^" STAMP "stdout F one\n" STAMP "stdout F \n" STAMP
			     "stdout P two\n" STAMP "stderr F three\n$");
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_nsec / 1000;
}

/* A line with a time of its own. */
static void put(struct journal *j, int i)
{
	AUTO_FREE char *text = xasprintf("text%d\n", i % 10);
	long before = microseconds();

	while (microseconds() == before)
		continue;
	journal_output(j, "stdout", text, strlen(text));
}

static void test_changes_over(void **state)
{
	struct files *f = *state;
	struct journal j;
	struct stat st[2];
	AUTO_FREE char *first = NULL, *second = NULL;

	journal_init(&j, f->logs, f->status, TURN_LEN + LINE_LEN * 4);
	for (int i = 0; i < 9; i++) {
		put(&j, i);
		assert_int_equal(fstat(f->logs[0], &st[0]), 0);
		assert_int_equal(fstat(f->logs[1], &st[1]), 0);
		assert_true(st[0].st_size <= TURN_LEN + LINE_LEN * 4 &&
			    st[1].st_size <= TURN_LEN + LINE_LEN * 4);
	}
	first = text_of(f->logs[0]);
	second = text_of(f->logs[1]);
	assert_null(strstr(first, "text0")); /* emptied */
	assert_non_null(strstr(first, "text8"));
	assert_non_null(strstr(second, "text4")); /* the one before is kept whole */
	assert_non_null(strstr(second, "text7"));
}

static void test_longer_than_a_file(void **state)
{
	struct files *f = *state;
	struct journal j;
	AUTO_FREE char *first = NULL;
	char data[500];

	memset(data, 'a', sizeof(data));
	journal_init(&j, f->logs, f->status, 100);
	journal_output(&j, "stdout", data, sizeof(data));
	first = text_of(f->logs[0]);
	assert_non_null(strstr(first, "aaaa"));
}

static void test_taken_up_again(void **state)
{
	struct files *f = *state;
	struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	struct journal j;
	AUTO_FREE char *text = NULL;

	journal_init(&j, f->logs, f->status, TURN_LEN + LINE_LEN * 2);
	for (int i = 0; i < 3; i++)
		put(&j, i);
	assert_int_equal(j.current, 1);
	futimens(f->logs[0], times); /* the clock's grain may be so coarse that they are the same */
	futimens(f->logs[1], times);
	close_files(f);
	open_files(f);
	journal_init(&j, f->logs, f->status, TURN_LEN + LINE_LEN * 2);
	assert_int_equal(j.current, 1);
	put(&j, 3);
	text = text_of(f->logs[1]);
	assert_non_null(strstr(text, "text2"));
	assert_non_null(strstr(text, "text3"));
	put(&j, 4); /* what was there before counts */
	assert_int_equal(j.current, 0);
}

static int end_in(const char *text)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int code = journal_read_end(f);

	fclose(f);
	return code;
}

/* The clock is set back while the files change over. */
static void test_younger_whatever_the_clock_says(void **state)
{
	struct files *f = *state;
	const char early[] = "#5\n2001-01-01T00:00:00.000000Z stdout F a\n";
	const char late[] = "#4\n2031-01-01T00:00:00.000000Z stdout F b\n";
	struct journal j;
	AUTO_FREE char *text = NULL;

	assert_int_equal(write(f->logs[0], early, sizeof(early) - 1), sizeof(early) - 1);
	assert_int_equal(write(f->logs[1], late, sizeof(late) - 1), sizeof(late) - 1);
	assert_int_equal(journal_younger(f->logs), 0);
	journal_init(&j, f->logs, f->status, sizeof(early) + 10);
	journal_output(&j, "stdout", "c\n", 2);
	assert_int_equal(j.current, 1);
	text = text_of(f->logs[1]);
	assert_matches(text, "^#6\n" STAMP "stdout F c\n$");
	assert_int_equal(journal_younger(f->logs), 1);
}

static void test_exits(void **state)
{
	struct files *f = *state;
	struct journal j;
	AUTO_FREE char *text = NULL, *ended = NULL;

	journal_init(&j, f->logs, f->status, 4096);
	journal_exit(&j, "0123456789ab", 0);
	text = text_of(f->status);
	assert_string_equal(text, "0123456789ab 0\n");
	assert_int_equal(end_in(text), -1); /* a process is not the container */
	journal_exit(&j, "ba9876543210", 3);
	journal_end(&j, 3);
	ended = text_of(f->status);
	assert_string_equal(ended, "0123456789ab 0\nba9876543210 3\nend 3\n");
	assert_int_equal(end_in(ended), 3);
}

static void test_end_of_first_release(void **state)
{
	assert_int_equal(end_in("0123456789ab 0 0\nba9876543210 5 1\n"), 5);
	assert_int_equal(end_in("0123456789ab 0 0\nba9876543210 5 0\n"), -1);
	assert_int_equal(end_in("0123456789ab 0 1"), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_changes_over),
		TEST(test_longer_than_a_file),
		TEST(test_taken_up_again),
		TEST(test_younger_whatever_the_clock_says),
		TEST(test_exits),
		TEST(test_end_of_first_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
