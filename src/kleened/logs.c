/* The format is the one that warden/journal.h describes. */
#include "kleened/logs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kleened/api/session.h"
#include "kleened/daemon.h"
#include "kleened/movers.h"
#include "kleened/run_files.h"
#include "warden/journal.h"

#define CLOSE_NORMAL 1000
#define RECORD_MAX   ((size_t)32 * 1024) /* bytes of a line; a warden's are shorter */
#define STEP_BYTES   ((size_t)256 * 1024) /* passed on before others have their turn */

/* A client that reads the logs of a container, and maybe what comes after that. */
struct reader {
	struct mover mover; /* first */
	struct daemon *daemon;
	struct session *session;
	char id[ID_LEN + 1];
	FILE *files[2];
	int current;
	bool timestamps, line_begun, follow;
	enum { OLDER, YOUNGER, FOLLOWING } stage;
	size_t skip[2]; /* lines of each file that are not wanted */
	size_t budget; /* bytes that this step may still pass on */
	struct followed *followed; /* once it follows */
	struct reader *before, *after; /* of those who follow it */
};

/*
 * A container whose logs are followed: it looks at the files for all that read them. Known to the
 * movers' thread alone.
 */
struct followed {
	struct mover mover; /* first */
	struct daemon *daemon;
	struct followed *next;
	struct reader *readers; /* none: it is about to end, and in no list any more */
	struct stat seen[2];
	bool running;
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

/* Passes on a line, for which there is room. One that is longer than a warden's is none of ours. */
static void pass_line(struct reader *r, const char *line, size_t len)
{
	struct buffer out = {0};
	struct record record;

	if (len > RECORD_MAX || !parse_record(line, len, &record))
		return;
	if (r->timestamps && !r->line_begun)
		buffer_printf(&out, "%.*s ", (int)record.stamp, line);
	buffer_add(&out, record.text, record.len);
	r->line_begun = !record.whole;
	session_output(r->session, record.stream, out.data, out.len);
	r->budget -= out.len < r->budget ? out.len : r->budget;
	buffer_free(&out);
}

static bool ends_line(const char *line, size_t len)
{
	struct record record;

	return parse_record(line, len, &record) && record.whole;
}

/*
 * Passes on what the current file has but for the lines to be skipped. False: not all of it, as the
 * client must first take something, or others have their turn; then the reader is woken again.
 */
static bool pass_file(struct reader *r)
{
	AUTO_FREE char *line = NULL;
	size_t *skip = &r->skip[r->current], size = 0;

	while (session_room(r->session) > RECORD_MAX) {
		ssize_t n;

		if (r->budget == 0) {
			mover_wake(&r->mover);
			return false;
		}
		n = read_line(r->files[r->current], &line, &size);
		if (n <= 0)
			return true;
		if (*skip > 0)
			*skip -= ends_line(line, (size_t)n);
		else
			pass_line(r, line, (size_t)n);
	}
	return false;
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

/* Begins with the older file, or where the last lines begin. */
static void begin(struct reader *r, json_int_t tail)
{
	int older = !younger(r);
	size_t lines[2] = {0, 0};

	r->current = older;
	if (tail >= 0) {
		size_t want = (size_t)tail;

		for (int i = 0; i < 2; i++)
			lines[i] = count_lines(r->files[i]);
		r->skip[!older] = lines[!older] > want ? lines[!older] - want : 0;
		want -= lines[!older] - r->skip[!older];
		r->skip[older] = lines[older] > want ? lines[older] - want : 0;
	}
}

/* True if the file has become shorter than what was read of it: it was emptied for new lines. */
static bool emptied(FILE *f)
{
	struct stat st;

	return fstat(fileno(f), &st) == 0 && st.st_size < ftello(f);
}

/* Passes on what has come since; false: not all of it. */
static bool pass_new(struct reader *r)
{
	for (;;) {
		int now;

		if (!pass_file(r))
			return false;
		now = younger(r);
		if (now == r->current && !emptied(r->files[now]))
			return true;
		/* the files have changed over, maybe after some more lines in the older one */
		if (now != r->current && !pass_file(r))
			return false;
		r->current = now;
		fflush(r->files[now]); /* forgets what it had read ahead */
		rewind(r->files[now]);
	}
}

/* ---- who follows whom ---- */

/* Whether the files may have changed since this was last asked. */
static bool changed(struct followed *f)
{
	bool is = false;

	for (int i = 0; i < 2; i++) {
		struct stat st;

		if (fstat(fileno(f->readers->files[i]), &st) != 0)
			return true;
		is |= st.st_size != f->seen[i].st_size ||
		      memcmp(&st.st_mtim, &f->seen[i].st_mtim, sizeof(st.st_mtim)) != 0;
		f->seen[i] = st;
	}
	return is;
}

/* First whether it runs: what it wrote before it ended is there when that is over. */
static void look(struct followed *f)
{
	const char *id = f->readers->id;

	f->running = runtime_looks_running(f->daemon->runtime, id, NULL, NULL);
}

static bool followed_step(struct mover *m, unsigned int ready)
{
	struct followed *f = (struct followed *)m;

	if (f->readers == NULL)
		return false;
	mover_tick(m, true);
	look(f);
	if (changed(f) || !f->running)
		for (struct reader *r = f->readers; r != NULL; r = r->after)
			mover_wake(&r->mover);
	return true;
}

static void followed_over(struct mover *m)
{
	free(m);
}

static void join(struct reader *r)
{
	static const struct mover_kind kind = {followed_step, followed_over};
	struct followed *f = r->daemon->followed;

	while (f != NULL && strcmp(f->readers->id, r->id) != 0)
		f = f->next;
	if (f == NULL) {
		f = xcalloc(1, sizeof(*f));
		f->daemon = r->daemon;
		f->next = r->daemon->followed;
		r->daemon->followed = f;
		mover_init(r->daemon->movers, &f->mover, &kind);
		mover_wake(&f->mover);
	}
	r->followed = f;
	r->after = f->readers;
	if (r->after != NULL)
		r->after->before = r;
	f->readers = r;
	look(f);
}

static void leave(struct reader *r)
{
	struct followed *f = r->followed, **at = &r->daemon->followed;

	if (f == NULL)
		return;
	if (r->after != NULL)
		r->after->before = r->before;
	if (r->before != NULL)
		r->before->after = r->after;
	else
		f->readers = r->after;
	if (f->readers != NULL)
		return;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	mover_wake(&f->mover);
}

/* ---- the reader ---- */

/* Goes on as far as it can. False: all has been passed on that there will ever be. */
static bool pass(struct reader *r)
{
	if (r->stage == OLDER) {
		if (!pass_file(r))
			return true;
		r->current = !r->current;
		r->stage = YOUNGER;
	}
	if (r->stage == YOUNGER) {
		if (!pass_file(r))
			return true;
		if (!r->follow)
			return false;
		r->stage = FOLLOWING;
		join(r);
	}
	return !pass_new(r) || r->followed->running;
}

static bool step(struct mover *m, unsigned int ready)
{
	struct reader *r = (struct reader *)m;

	r->budget = STEP_BYTES;
	if (!session_gone(r->session) && pass(r))
		return true;
	session_watch(r->session, NULL, NULL);
	leave(r);
	return false;
}

static void reader_free(struct reader *r)
{
	for (int i = 0; i < 2; i++)
		if (r->files[i] != NULL)
			fclose(r->files[i]);
	free(r);
}

static void over(struct mover *m)
{
	struct reader *r = (struct reader *)m;
	struct session *s = r->session;

	reader_free(r);
	session_finish(s, CLOSE_NORMAL, "", "");
	session_over(s, 0, NULL);
}

static void wake(void *arg)
{
	mover_wake(arg);
}

int logs_stream(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	static const struct mover_kind kind = {step, over};
	const char *ref = json_string_value(json_object_get(config, "container"));
	json_t *tail = json_object_get(config, "tail");
	struct reader *r = xcalloc(1, sizeof(*r));

	r->daemon = d;
	r->session = s;
	r->timestamps = json_is_true(json_object_get(config, "timestamps"));
	r->follow = json_is_true(json_object_get(config, "follow"));
	if (store_find_container(d->store, ref, r->id, err) != 0) {
		reader_free(r);
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		int fd = run_files_log(d, r->id, i, err);

		if (fd < 0) {
			reader_free(r);
			return -1;
		}
		r->files[i] = fdopen(fd, "r");
	}
	session_split(s, json_is_true(json_object_get(config, "separate_stderr")));
	session_starting(s, "", "");
	begin(r, tail ? json_integer_value(tail) : -1);
	mover_init(d->movers, &r->mover, &kind);
	session_watch(s, wake, &r->mover); /* its first call is the first step */
	return STREAM_MOVES;
}
