/* SPDX-License-Identifier: BSD-2-Clause */
#include "container/logs.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/movers.h"
#include "http/session.h"
#include "runtime/log_reader.h"
#include "runtime/run_files.h"
#include "runtime/runtime.h"

#define CLOSE_NORMAL 1000
#define STEP_BYTES   ((size_t)256 * 1024) /* passed on before others have their turn */

/* A client that reads the logs of a container, and maybe what comes after that. */
struct reader {
	struct mover mover; /* first */
	struct daemon *daemon;
	struct session *session;
	char id[ID_LEN + 1];
	struct log_reader log;
	bool timestamps, line_begun, follow;
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

/* Passes on a record, for which there is room. */
static void pass_record(struct reader *r, const struct log_record *record)
{
	struct buffer out = {0};

	if (r->timestamps && !r->line_begun)
		buffer_printf(&out, "%.*s ", (int)record->stamp_len, record->stamp);
	buffer_add(&out, record->text, record->len);
	r->line_begun = !record->whole;
	session_output(
		r->session, record->error ? SESSION_STDERR : SESSION_STDOUT, out.data, out.len);
	r->budget -= out.len < r->budget ? out.len : r->budget;
	buffer_free(&out);
}

/* Says what is lost, on a line of its own. False: nothing is. */
static bool pass_lost(struct reader *r, const struct log_record *before)
{
	struct buffer out = {0};

	if (!log_reader_lost(&r->log, before, &out))
		return false;
	if (r->line_begun)
		session_output(r->session, SESSION_STDOUT, "\n", 1);
	r->line_begun = false;
	session_output(r->session, SESSION_STDERR, out.data, out.len);
	buffer_free(&out);
	return true;
}

/*
 * Passes on whole lines. False: not all of them, as the client must first take something, or others
 * have their turn; then the reader is woken again.
 */
static bool pass_lines(struct reader *r, const char *lines, size_t n)
{
	for (size_t at = 0, len; at < n;) {
		const char *end = memchr(lines + at, '\n', n - at);
		struct log_record record;
		bool is_record;

		if (session_room(r->session) <= LOG_RECORD_MAX)
			return false;
		if (r->budget == 0) {
			mover_wake(&r->mover);
			return false;
		}
		len = end != NULL ? (size_t)(end + 1 - lines) - at : n - at;
		is_record = log_record_parse(lines + at, len, &record);
		if (is_record && pass_lost(r, &record))
			continue;
		if (log_reader_took(&r->log, len, is_record ? &record : NULL))
			pass_record(r, &record);
		at += len;
	}
	return true;
}

/* Passes on what there is; false: not all of it. */
static bool pass_new(struct reader *r)
{
	char *scratch = mover_scratch(&r->mover);
	size_t n;

	while ((n = log_reader_read(&r->log, scratch, MOVER_SCRATCH)) > 0)
		if (!pass_lines(r, scratch, n))
			return false;
	return true;
}

/* ---- who follows whom ---- */

/* Whether the files may have changed since this was last asked. */
static bool changed(struct followed *f)
{
	bool is = false;

	for (int i = 0; i < 2; i++) {
		struct stat st;

		if (fstat(f->readers->log.files[i], &st) != 0)
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
	if (!pass_new(r))
		return true;
	if (r->follow && r->followed == NULL) {
		join(r);
		if (!pass_new(r)) /* what came before it was known whether the container runs */
			return true;
	}
	if (r->follow && r->followed->running)
		return true;
	if (session_room(r->session) <= LOG_RECORD_MAX)
		return true;
	pass_lost(r, NULL);
	return false;
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
		close_fd(&r->log.files[i]);
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
	r->log.files[0] = r->log.files[1] = -1;
	r->timestamps = json_is_true(json_object_get(config, "timestamps"));
	r->follow = json_is_true(json_object_get(config, "follow"));
	if (store_find_container(d->store, ref, r->id, err) != 0) {
		reader_free(r);
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		r->log.files[i] = run_files_log(d, r->id, i, err);
		if (r->log.files[i] < 0) {
			reader_free(r);
			return -1;
		}
	}
	session_split(s, json_is_true(json_object_get(config, "separate_stderr")));
	session_starting(s, "", "");
	log_reader_init(&r->log, (int[2]){r->log.files[0], r->log.files[1]},
		tail ? json_integer_value(tail) : -1, r->follow);
	mover_init(d->movers, &r->mover, &kind);
	session_watch(s, wake, &r->mover); /* its first call is the first step */
	return STREAM_MOVES;
}
