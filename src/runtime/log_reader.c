/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/log_reader.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "warden/journal.h"

bool log_record_parse(const char *line, size_t len, struct log_record *r)
{
	const char *stream = memchr(line, ' ', len);
	const char *kind =
		stream ? memchr(stream + 1, ' ', len - (size_t)(stream + 1 - line)) : NULL;

	if (len > LOG_RECORD_MAX || kind == NULL || kind + 3 > line + len || kind[2] != ' ')
		return false;
	*r = (struct log_record){.error = strncmp(stream, " stderr ", 8) == 0,
		.whole = kind[1] == 'F',
		.stamp = line,
		.stamp_len = (size_t)(stream - line),
		.text = kind + 3};
	r->len = len - (size_t)(r->text - line) - !r->whole; /* a part loses its line end */
	return true;
}

static int current(const struct log_reader *r)
{
	return r->files[r->current];
}

static void go_to(struct log_reader *r, int file)
{
	r->current = file;
	r->turn = journal_turn(r->files[file]);
	r->at = 0;
	r->complete = false;
}

/*
 * True if the file has been emptied for new lines since it was begun. A file's turn is written
 * before its first line: as long as it is the same, so is all that was read before this was asked.
 */
static bool written_over(const struct log_reader *r)
{
	struct stat st;

	return journal_turn(current(r)) != r->turn ||
	       (fstat(current(r), &st) == 0 && st.st_size < r->at);
}

/* Goes on with the oldest lines there are. False: none of them were wanted. */
static bool go_on(struct log_reader *r)
{
	r->lost = true;
	r->skip[0] = r->skip[1] = 0;
	if (r->changes == 0)
		return false;
	go_to(r, !journal_younger(r->files));
	return true;
}

/* At the end of a file: goes to the next. False: there is none. */
static bool change_over(struct log_reader *r)
{
	int younger = journal_younger(r->files);
	unsigned long long turn = r->turn;

	if (younger == r->current || r->changes == 0)
		return false;
	if (!r->complete) { /* since it was read it may have got some more lines, its last */
		r->complete = true;
		return true;
	}
	r->skip[r->current] = 0;
	r->changes -= r->changes > 0;
	go_to(r, younger);
	r->lost |= r->turn > turn + 1;
	return true;
}

/* Bytes of the whole lines among them. What is longer than any line is not waited for. */
static size_t whole_lines(const char *buf, size_t n, size_t size)
{
	const char *end = n > 0 ? memrchr(buf, '\n', n) : NULL;

	if (end != NULL)
		return (size_t)(end + 1 - buf);
	return n == size ? n : 0;
}

size_t log_reader_read(struct log_reader *r, char *buf, size_t size)
{
	for (;;) {
		ssize_t n = pread(current(r), buf, size, r->at);
		size_t whole = n > 0 ? whole_lines(buf, (size_t)n, size) : 0;

		if (written_over(r)) {
			if (!go_on(r))
				return 0;
			continue;
		}
		if (whole > 0)
			return whole;
		if (!change_over(r))
			return 0;
	}
}

bool log_reader_took(struct log_reader *r, size_t len, const struct log_record *record)
{
	size_t *skip = &r->skip[r->current];
	bool wanted = record != NULL && *skip == 0;

	r->at += (off_t)len;
	if (record == NULL)
		return false;
	if (*skip > 0)
		*skip -= record->whole;
	if (record->stamp_len < sizeof(r->seen)) {
		memcpy(r->seen, record->stamp, record->stamp_len);
		r->seen[record->stamp_len] = '\0';
	}
	return wanted;
}

bool log_reader_lost(struct log_reader *r, const struct log_record *before, struct buffer *out)
{
	if (!r->lost)
		return false;
	r->lost = false;
	buffer_puts(out, "kleened: what was written");
	if (r->seen[0] != '\0')
		buffer_printf(out, " after %s", r->seen);
	if (before != NULL)
		buffer_printf(out, "%s before %.*s", r->seen[0] != '\0' ? " and" : "",
			(int)before->stamp_len, before->stamp);
	buffer_puts(out, " is lost: the log was written over before it was read\n");
	return true;
}

/* ---- the last lines ---- */

static size_t count_lines(int file)
{
	struct log_reader r = {.files = {file, file}, .turn = journal_turn(file)};
	AUTO_FREE char *buf = xmalloc(2 * LOG_RECORD_MAX);
	size_t n, lines = 0;
	bool ended = true;

	while ((n = log_reader_read(&r, buf, 2 * LOG_RECORD_MAX)) > 0) {
		for (size_t at = 0, len; at < n; at += len) {
			const char *end = memchr(buf + at, '\n', n - at);
			struct log_record record;

			len = end != NULL ? (size_t)(end + 1 - buf) - at : n - at;
			if (log_record_parse(buf + at, len, &record)) {
				ended = record.whole;
				lines += ended;
			}
		}
		r.at += (off_t)n;
	}
	return lines + !ended;
}

void log_reader_init(struct log_reader *r, const int files[2], long long tail, bool follow)
{
	int younger = journal_younger(files);
	size_t want = (size_t)tail, lines[2];

	*r = (struct log_reader){.files = {files[0], files[1]}, .changes = follow ? -1 : 1};
	go_to(r, !younger);
	if (tail < 0)
		return;
	for (int i = 0; i < 2; i++)
		lines[i] = count_lines(files[i]);
	r->skip[younger] = lines[younger] > want ? lines[younger] - want : 0;
	want -= lines[younger] - r->skip[younger];
	r->skip[!younger] = lines[!younger] > want ? lines[!younger] - want : 0;
}
