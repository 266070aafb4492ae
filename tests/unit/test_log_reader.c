/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a log that is written meanwhile: nothing is lost without a word, nor read twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/log_reader.h"
#include "tree.h"
#include "warden/journal.h"

#define LINE_LEN 42 /* of "… stdout F 1000\n" */
#define PER_FILE 4
#define FIRST	 1000 /* so that all lines have the same length */

struct log {
	char *dir;
	int files[2];
	struct journal journal;
	int written; /* lines */
	struct buffer read; /* numbers, each followed by a blank, and what is lost, in brackets */
};

static int set_up(void **state)
{
	struct log *l = xcalloc(1, sizeof(*l));

	l->dir = tree_new();
	for (int i = 0; i < 2; i++)
		l->files[i] =
			open(at("%s/%d", l->dir, i), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(l->files[0] >= 0 && l->files[1] >= 0);
	/* each file but the first has its turn as well */
	journal_init(&l->journal, l->files, -1, LINE_LEN * PER_FILE + 4);
	buffer_puts(&l->read, "");
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	struct log *l = *state;

	close(l->files[0]);
	close(l->files[1]);
	tree_remove(l->dir);
	buffer_free(&l->read);
	free(l);
	return 0;
}

static void put(struct log *l, int lines)
{
	for (; lines > 0; lines--) {
		char line[16];

		snprintf(line, sizeof(line), "%d\n", FIRST + l->written++);
		journal_output(&l->journal, "stdout", line, strlen(line));
	}
}

/* Uses up one line of what was read; what is lost is noted without its times. */
static size_t take_line(struct log *l, struct log_reader *r, const char *line, size_t n)
{
	size_t len = (size_t)((const char *)memchr(line, '\n', n) + 1 - line);
	struct log_record record;
	struct buffer lost = {0};
	bool is = log_record_parse(line, len, &record);

	if (is && log_reader_lost(r, &record, &lost)) {
		assert_non_null(strstr(lost.data, " is lost"));
		assert_non_null(strstr(lost.data, " before "));
		buffer_puts(&l->read, "[lost] ");
	}
	buffer_free(&lost);
	if (log_reader_took(r, len, is ? &record : NULL))
		buffer_printf(&l->read, "%.*s ", (int)record.len - 1, record.text);
	return len;
}

/* Reads at most so many lines of a warden's. */
static void take(struct log *l, struct log_reader *r, int lines)
{
	static char buf[2 * LOG_RECORD_MAX];
	size_t n;

	while (lines > 0 && (n = log_reader_read(r, buf, sizeof(buf))) > 0)
		for (size_t at = 0; at < n && lines > 0; lines--)
			at += take_line(l, r, buf + at, n - at);
}

static void assert_read(struct log *l, const char *text)
{
	assert_string_equal(l->read.data, text);
	l->read.len = 0;
	l->read.data[0] = '\0';
}

static void test_what_is_written_while_it_is_read(void **state)
{
	struct log *l = *state;
	struct log_reader r;

	put(l, 3);
	log_reader_init(&r, l->files, -1, true);
	take(l, &r, 100);
	assert_read(l, "1000 1001 1002 ");
	put(l, 3); /* the last of one file, and the first two of the other */
	take(l, &r, 100);
	assert_read(l, "1003 1004 1005 ");
	put(l, 2 + PER_FILE);
	take(l, &r, 100);
	assert_read(l, "1006 1007 1008 1009 1010 1011 ");
}

static void test_a_pause_over_two_changes(void **state)
{
	struct log *l = *state;
	struct log_reader r;

	put(l, 2);
	log_reader_init(&r, l->files, -1, true);
	take(l, &r, 2);
	put(l, 2 + 2 * PER_FILE); /* three files' worth: the two lines that were not read are gone
				   */
	take(l, &r, 100);
	assert_read(l, "1000 1001 [lost] 1004 1005 1006 1007 1008 1009 1010 1011 ");
	put(l, 1);
	take(l, &r, 100);
	assert_read(l, "1012 ");
}

/* The file that is read is written over up to where it was read before, and beyond that. */
static void test_a_pause_over_many_changes(void **state)
{
	struct log *l = *state;

	for (int changes = 2; changes < 12; changes++) {
		AUTO_FREE char *wanted = NULL;
		struct log_reader r;
		int last;

		log_reader_init(&r, l->files, 0, true);
		put(l, PER_FILE - l->written % PER_FILE + 1);
		take(l, &r, 100);
		l->read.len = 0;
		put(l, PER_FILE * changes);
		last = FIRST + l->written - 1; /* the first of its file */
		take(l, &r, 100);
		wanted = xasprintf(
			"[lost] %d %d %d %d %d ", last - 4, last - 3, last - 2, last - 1, last);
		assert_read(l, wanted);
	}
}

static void test_without_following(void **state)
{
	struct log *l = *state;
	struct log_reader r;
	struct buffer lost = {0};

	put(l, 6);
	log_reader_init(&r, l->files, 3, false);
	take(l, &r, 100);
	assert_read(l, "1003 1004 1005 ");
	log_reader_init(&r, l->files, -1, false);
	take(l, &r, 1);
	put(l, 100);
	take(l, &r, 100); /* it ends all the same */
	assert_false(log_reader_lost(&r, NULL, &lost));
	log_reader_init(&r, l->files, -1, false);
	take(l, &r, PER_FILE + 2);
	put(l, 100);
	take(l, &r, 100);
	assert_true(log_reader_lost(&r, NULL, &lost));
	assert_non_null(strstr(lost.data, "what was written after 2"));
	buffer_free(&lost);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_written_while_it_is_read),
		TEST(test_a_pause_over_two_changes),
		TEST(test_a_pause_over_many_changes),
		TEST(test_without_following),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
