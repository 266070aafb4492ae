#include "warden/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

void journal_init(struct journal *j, const int logs[2], int status, uint64_t size)
{
	struct stat st[2] = {0};

	*j = (struct journal){.logs = {logs[0], logs[1]}, .status = status, .size = size};
	fstat(logs[0], &st[0]);
	fstat(logs[1], &st[1]);
	if (st[1].st_size > 0 && (st[1].st_mtim.tv_sec > st[0].st_mtim.tv_sec ||
					 (st[1].st_mtim.tv_sec == st[0].st_mtim.tv_sec &&
						 st[1].st_mtim.tv_nsec > st[0].st_mtim.tv_nsec)))
		j->current = 1;
	j->used = (uint64_t)st[j->current].st_size;
}

static void change_over(struct journal *j)
{
	j->current = !j->current;
	if (ftruncate(j->logs[j->current], 0) == 0)
		j->used = 0;
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
	written = write(j->logs[j->current], lines.data, lines.len);
	if (written > 0)
		j->used += (uint64_t)written;
	buffer_free(&lines);
}

void journal_exit(struct journal *j, const char *process, int code, bool last)
{
	AUTO_FREE char *line = xasprintf("%s %d %d\n", process, code, last);

	(void)!write(j->status, line, strlen(line));
}
