/* SPDX-License-Identifier: BSD-2-Clause */
#include "warden/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define STAMP_LEN (sizeof("2026-01-31T12:00:00.000000Z") - 1)

unsigned long long journal_turn(int log)
{
	char text[32] = {0};

	return pread(log, text, sizeof(text) - 1, 0) > 1 && text[0] == '#'
		       ? strtoull(text + 1, NULL, 10)
		       : 0;
}

int journal_younger(const int logs[2])
{
	unsigned long long turns[2] = {journal_turn(logs[0]), journal_turn(logs[1])};
	char stamp[2][STAMP_LEN] = {{0}};
	ssize_t n[2];

	if (turns[0] != turns[1])
		return turns[1] > turns[0];
	for (int i = 0; i < 2; i++)
		n[i] = pread(logs[i], stamp[i], STAMP_LEN, 0);
	if (n[0] <= 0 || n[1] <= 0)
		return n[0] <= 0 && n[1] > 0;
	return memcmp(stamp[1], stamp[0], STAMP_LEN) > 0;
}

void journal_init(struct journal *j, const int logs[2], int status, uint64_t size)
{
	struct stat st = {0};

	*j = (struct journal){.logs = {logs[0], logs[1]}, .status = status, .size = size};
	j->current = journal_younger(logs);
	j->turn = journal_turn(logs[j->current]);
	fstat(logs[j->current], &st);
	j->used = (uint64_t)st.st_size;
}

static void change_over(struct journal *j)
{
	AUTO_FREE char *line = xasprintf("#%llu\n", j->turn + 1);
	int next = !j->current;

	if (ftruncate(j->logs[next], 0) != 0 ||
		write(j->logs[next], line, strlen(line)) != (ssize_t)strlen(line))
		return; /* the disk is full: there is no room for more in either */
	j->current = next;
	j->turn++;
	j->used = strlen(line);
}

void journal_output(struct journal *j, const char *stream, const char *data, size_t len)
{
	struct buffer lines = {0};
	struct timespec now;
	struct tm tm;
	char stamp[64];
	size_t n;
	ssize_t written;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp + n, sizeof(stamp) - n, ".%06ldZ", now.tv_nsec / 1000);
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t text = end ? (size_t)(end - data) : len;

		buffer_printf(&lines, "%s %s %c ", stamp, stream, end ? 'F' : 'P');
		buffer_add(&lines, data, text);
		buffer_add(&lines, "\n", 1);
		data += text + (end != NULL);
		len -= text + (end != NULL);
	}
	if (j->used > 0 && j->used + lines.len > j->size)
		change_over(j);
	if (j->used > 0 && j->used + lines.len > j->size && lines.len <= j->size) {
		buffer_free(&lines); /* it has not changed over */
		return;
	}
	written = write(j->logs[j->current], lines.data, lines.len);
	if (written > 0)
		j->used += (uint64_t)written;
	buffer_free(&lines);
}

void journal_exit(struct journal *j, const char *process, int code)
{
	AUTO_FREE char *line = xasprintf("%s %d\n", process, code);

	(void)!write(j->status, line, strlen(line));
}

void journal_end(struct journal *j, int code)
{
	AUTO_FREE char *line = xasprintf("end %d\n", code);

	if (code >= 0)
		(void)!write(j->status, line, strlen(line));
}

/* The end that a line tells of; -1: it tells of none. */
static int end_of(const char *line)
{
	const char *space = strchr(line, ' ');
	char *rest = NULL;
	long code = space != NULL ? strtol(space, &rest, 10) : -1;

	if (space == NULL || code < 0 || code > 255)
		return -1;
	/* a warden of the first release said so with its last process: "<process> <code> 1" */
	return strncmp(line, "end ", 4) == 0 || strncmp(rest, " 1", 2) == 0 ? (int)code : -1;
}

int journal_read_end(FILE *status)
{
	char line[128];
	int code = -1;

	while (fgets(line, sizeof(line), status) != NULL)
		if (end_of(line) >= 0)
			code = end_of(line);
	return code;
}
