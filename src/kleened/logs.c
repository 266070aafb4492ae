/* The format is the one that warden/journal.h describes. */
#include "kleened/logs.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kleened/api/session.h"
#include "kleened/daemon.h"
#include "kleened/run_files.h"
#include "warden/journal.h"

#define FOLLOW_INTERVAL 100 /* ms between looks for more */
#define CLOSE_NORMAL	1000

struct reader {
	FILE *files[2];
	int current;
	bool timestamps, line_begun;
	struct session *session;
};

static int younger(const struct reader *r)
{
	const int logs[2] = {fileno(r->files[0]), fileno(r->files[1])};

	return journal_younger(logs);
}

/* Reads a whole line; a line that is just being written is left for the next time. */
static ssize_t read_line(FILE *f, char **line, size_t *size)
{
	off_t at = ftello(f);
	ssize_t n = getline(line, size, f);

	if (n > 0 && (*line)[n - 1] == '\n')
		return n;
	clearerr(f);
	fseeko(f, at, SEEK_SET);
	return -1;
}

/* One line of a log file: a line of output, or a part of one. */
struct record {
	enum session_stream stream;
	bool whole; /* it ends a line of output */
	size_t stamp; /* length of the time at the beginning */
	const char *text;
	size_t len;
};

/* Takes a line apart; false if it is none of ours. */
static bool parse_record(const char *line, size_t len, struct record *r)
{
	const char *stream = memchr(line, ' ', len);
	const char *kind =
		stream ? memchr(stream + 1, ' ', len - (size_t)(stream + 1 - line)) : NULL;

	if (kind == NULL || kind + 3 > line + len || kind[2] != ' ')
		return false;
	r->stamp = (size_t)(stream - line);
	r->stream = strncmp(stream, " stderr ", 8) == 0 ? SESSION_STDERR : SESSION_STDOUT;
	r->whole = kind[1] == 'F';
	r->text = kind + 3;
	r->len = len - (size_t)(r->text - line) - !r->whole; /* a part loses its line end */
	return true;
}

static int pass_line(struct reader *r, const char *line, size_t len)
{
	struct buffer out = {0};
	struct record record;
	int result;

	if (!parse_record(line, len, &record))
		return 0;
	if (r->timestamps && !r->line_begun)
		buffer_printf(&out, "%.*s ", (int)record.stamp, line);
	buffer_add(&out, record.text, record.len);
	r->line_begun = !record.whole;
	result = session_output(r->session, record.stream, out.data, out.len);
	buffer_free(&out);
	return result;
}

static bool ends_line(const char *line, size_t len)
{
	struct record record;

	return parse_record(line, len, &record) && record.whole;
}

/* Passes on what the current file has but for the first lines; -1 if the client is gone. */
static int pass_file(struct reader *r, size_t skip)
{
	AUTO_FREE char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = read_line(r->files[r->current], &line, &size)) > 0) {
		if (skip > 0)
			skip -= ends_line(line, (size_t)n);
		else if (pass_line(r, line, (size_t)n) != 0)
			return -1;
	}
	return 0;
}

static size_t count_lines(FILE *f)
{
	AUTO_FREE char *line = NULL;
	size_t size = 0, lines = 0;
	bool ended = true;
	ssize_t n;

	while ((n = read_line(f, &line, &size)) > 0) {
		if (line[0] == '#') /* it says whose turn it is */
			continue;
		ended = ends_line(line, (size_t)n);
		lines += ended;
	}
	rewind(f);
	return lines + !ended;
}

/* Everything, or the last lines, from the older file to the younger. */
static int pass_all(struct reader *r, json_int_t tail)
{
	int older = !younger(r);
	size_t lines[2] = {0, 0}, skip[2] = {0, 0};

	if (tail >= 0) {
		size_t want = (size_t)tail;

		for (int i = 0; i < 2; i++)
			lines[i] = count_lines(r->files[i]);
		skip[!older] = lines[!older] > want ? lines[!older] - want : 0;
		want -= lines[!older] - skip[!older];
		skip[older] = lines[older] > want ? lines[older] - want : 0;
	}
	r->current = older;
	if (pass_file(r, skip[older]) != 0)
		return -1;
	r->current = !older;
	return pass_file(r, skip[!older]);
}

/* True if the file has become shorter than what was read of it: it was emptied for new lines. */
static bool emptied(FILE *f)
{
	struct stat st;

	return fstat(fileno(f), &st) == 0 && st.st_size < ftello(f);
}

/* Passes on what has come since; -1 if the client is gone. */
static int pass_new(struct reader *r)
{
	for (;;) {
		int now;

		if (pass_file(r, 0) != 0)
			return -1;
		now = younger(r);
		if (now == r->current && !emptied(r->files[now]))
			return 0;
		/* the files have changed over, maybe after some more lines in the older one */
		if (now != r->current && pass_file(r, 0) != 0)
			return -1;
		r->current = now;
		fflush(r->files[now]); /* forgets what it had read ahead */
		rewind(r->files[now]);
	}
}

/* Waits for more until the container has stopped or the client is gone. */
static void follow(struct daemon *d, struct reader *r, const char *id)
{
	bool running = true;

	while (running && !session_gone(r->session)) {
		struct pollfd p = {.fd = session_event_fd(r->session), .events = POLLIN};

		running = runtime_looks_running(d->runtime, id, NULL, NULL);
		if (running)
			poll(&p, 1, FOLLOW_INTERVAL);
		session_event_clear(r->session);
		if (pass_new(r) != 0)
			return;
	}
}

int logs_stream(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	const char *ref = json_string_value(json_object_get(config, "container"));
	json_t *tail = json_object_get(config, "tail");
	struct reader r = {
		.session = s, .timestamps = json_is_true(json_object_get(config, "timestamps"))};
	char id[ID_LEN + 1];
	int result = 0;

	if (store_find_container(d->store, ref, id, err) != 0)
		return -1;
	for (int i = 0; i < 2 && result == 0; i++) {
		int fd = run_files_log(d, id, i, err);

		if (fd < 0)
			result = -1;
		else
			r.files[i] = fdopen(fd, "r");
	}
	if (result == 0) {
		session_split(s, json_is_true(json_object_get(config, "separate_stderr")));
		session_starting(s, "", "");
		if (pass_all(&r, tail ? json_integer_value(tail) : -1) == 0 &&
			json_is_true(json_object_get(config, "follow")))
			follow(d, &r, id);
		session_finish(s, CLOSE_NORMAL, "", "");
	}
	for (int i = 0; i < 2; i++)
		if (r.files[i] != NULL)
			fclose(r.files[i]);
	return result;
}
