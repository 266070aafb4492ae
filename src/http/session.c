/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/session.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "http/session_private.h"
#include "http/utf8.h"

#define OUTPUT_MAX ((size_t)256 * 1024) /* what a worker may queue */
#define CONTROLS   ((size_t)1024) /* room for control frames, which never wait */
#define RESERVE	   (CONTROLS + 2 * (size_t)SESSION_LAST_WORDS) /* nor do last words */
#define FRAME_MAX  ((size_t)64 * 1024)
#define INPUT_MAX  ((size_t)256 * 1024)
/* A worker that found less room than this is told when there is this much again. */
#define ROOM_AGAIN ((size_t)64 * 1024)

/* --- both sides --- */

static void run_task(struct task *t);

struct session *session_new(
	struct server *server, const struct stream_endpoint *endpoint, struct session_owner owner)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->task.run = run_task;
	s->server = server;
	s->endpoint = endpoint;
	s->owner = owner;
	s->refs = 1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->room, NULL);
	return s;
}

void session_unref(struct session *s)
{
	if (atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->room);
	buffer_free(&s->input);
	free(s->ring);
	free(s->config);
	free(s->error_data);
	free(s);
}

/* Something has changed for who moves the session. The lock is held. */
static void set_event(struct session *s)
{
	if (s->watcher)
		s->watcher(s->watcher_arg);
}

/* Tells the loop; a waiting task holds a reference. */
void session_tell_loop(struct session *s)
{
	atomic_fetch_add(&s->refs, 1);
	if (!server_post(s->server, &s->task))
		session_unref(s);
}

static void run_task(struct task *t)
{
	struct session *s = (struct session *)t;

	if (s->owner.news)
		s->owner.news(s->owner.data);
	session_unref(s);
}

/* Appends to the ring, which has room. The lock is held. */
static void ring_add(struct session *s, const void *data, size_t len)
{
	size_t size = OUTPUT_MAX + RESERVE, at, n;

	if (!s->ring)
		s->ring = xmalloc(size);
	at = (s->head + s->used) % size;
	n = len < size - at ? len : size - at;
	memcpy(s->ring + at, data, n);
	memcpy(s->ring, (const uint8_t *)data + n, len - n);
	s->used += len;
}

/* Appends a frame of up to two parts, for which there is room. The lock is held. */
static void ring_frame(struct session *s, enum ws_opcode opcode, const void *prefix,
	size_t prefix_len, const void *data, size_t len)
{
	uint8_t head[WS_HEAD_MAX];

	ring_add(s, head, ws_head(head, opcode, prefix_len + len));
	if (prefix_len)
		ring_add(s, prefix, prefix_len);
	if (len)
		ring_add(s, data, len);
}

/* --- the loop's side --- */

void session_lost(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	s->gone = true;
	set_event(s);
	pthread_cond_signal(&s->room);
	pthread_mutex_unlock(&s->lock);
}

void session_abandon(struct session *s)
{
	s->owner.news = NULL;
	session_lost(s);
	session_unref(s);
}

/* Keeps input from growing under a worker that never takes quite all of it. The lock is held. */
static void drop_taken(struct session *s)
{
	if (s->input_at < INPUT_MAX / 2)
		return;
	s->input.len -= s->input_at;
	memmove(s->input.data, s->input.data + s->input_at, s->input.len);
	s->input_at = 0;
}

bool session_feed(struct session *s, const void *data, size_t len, bool end)
{
	bool more;

	pthread_mutex_lock(&s->lock);
	if (!s->input_ended && !s->gone) {
		drop_taken(s);
		if (len)
			buffer_add(&s->input, data, len);
		s->input_ended = end;
		if (len || end)
			set_event(s);
	}
	more = s->input.len - s->input_at < INPUT_MAX;
	s->input_paused = !more;
	pthread_mutex_unlock(&s->lock);
	return more;
}

bool session_hungry(struct session *s)
{
	bool hungry;

	pthread_mutex_lock(&s->lock);
	hungry = !s->input_paused;
	pthread_mutex_unlock(&s->lock);
	return hungry;
}

size_t session_pending(struct session *s, const uint8_t **data, size_t max)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = OUTPUT_MAX + RESERVE - s->head;
	if (n > s->used)
		n = s->used;
	*data = s->ring ? s->ring + s->head : NULL;
	s->sending = n > 0;
	pthread_mutex_unlock(&s->lock);
	return n < max ? n : max;
}

static size_t room(const struct session *s)
{
	return s->used < OUTPUT_MAX ? OUTPUT_MAX - s->used : 0;
}

void session_sent(struct session *s, size_t n)
{
	pthread_mutex_lock(&s->lock);
	s->used -= n;
	s->head = s->used ? (s->head + n) % (OUTPUT_MAX + RESERVE) : 0;
	if (s->wanted && room(s) >= s->wanted) {
		s->wanted = 0;
		pthread_cond_signal(&s->room);
	}
	if (s->room_asked && room(s) >= ROOM_AGAIN) {
		s->room_asked = false;
		set_event(s);
	}
	pthread_mutex_unlock(&s->lock);
}

void session_control(struct session *s, enum ws_opcode opcode, const void *data, size_t len)
{
	pthread_mutex_lock(&s->lock);
	/* a close frame must still fit in behind it */
	if (!s->close_queued &&
		s->used + 2 * (WS_CONTROL_MAX + WS_HEAD_MAX) < OUTPUT_MAX + CONTROLS)
		ring_frame(s, opcode, NULL, 0, data, len);
	pthread_mutex_unlock(&s->lock);
}

void session_close(struct session *s, int code, const void *reason, size_t len)
{
	uint8_t prefix[2] = {(uint8_t)(code >> 8), (uint8_t)code};

	pthread_mutex_lock(&s->lock);
	if (!s->close_queued)
		ring_frame(s, WS_CLOSE, prefix, code ? sizeof(prefix) : 0, reason, len);
	s->close_queued = true;
	pthread_mutex_unlock(&s->lock);
}

bool session_closed(struct session *s)
{
	bool closed;

	pthread_mutex_lock(&s->lock);
	closed = s->close_queued && !s->used;
	pthread_mutex_unlock(&s->lock);
	return closed;
}

/* --- the worker's side --- */

/* Queues a frame; waits for room. Returns -1 if the client is gone. */
int session_frame(struct session *s, enum ws_opcode opcode, const void *prefix, size_t prefix_len,
	const void *data, size_t len)
{
	size_t need = WS_HEAD_MAX + prefix_len + len;
	bool tell = false, sent;

	pthread_mutex_lock(&s->lock);
	while (!s->gone && !s->close_queued && room(s) < need) {
		/* a bigger step than one frame, so that the two sides do not wake each other for
		 * each */
		s->wanted = need < OUTPUT_MAX / 2 ? OUTPUT_MAX / 2 : need;
		pthread_cond_wait(&s->room, &s->lock);
	}
	s->wanted = 0;
	sent = !s->gone && !s->close_queued;
	if (sent) {
		ring_frame(s, opcode, prefix, prefix_len, data, len);
		tell = !s->sending;
		s->sending = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (tell)
		session_tell_loop(s);
	return sent ? 0 : -1;
}

int session_last_frame(struct session *s, enum ws_opcode opcode, const void *prefix,
	size_t prefix_len, const void *data, size_t len)
{
	/* what pongs and the close frame may need is left */
	const size_t most = OUTPUT_MAX + RESERVE - 2 * (WS_CONTROL_MAX + WS_HEAD_MAX);
	bool sent;

	pthread_mutex_lock(&s->lock);
	sent = !s->gone && !s->close_queued && s->used + WS_HEAD_MAX + prefix_len + len < most;
	if (sent) {
		ring_frame(s, opcode, prefix, prefix_len, data, len);
		s->sending = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (sent)
		session_tell_loop(s);
	return sent ? 0 : -1;
}

int session_last_words(struct session *s, const char *text)
{
	const uint8_t prefix = SESSION_STDERR;
	size_t len = utf8_cut(text, strlen(text), SESSION_LAST_WORDS);
	bool is_text = !s->split && utf8_valid(text, len);

	return session_last_frame(
		s, is_text ? WS_TEXT : WS_BINARY, &prefix, s->split ? 1 : 0, text, len);
}

int session_output(struct session *s, enum session_stream stream, const void *data, size_t len)
{
	const char *p = data;
	uint8_t prefix = (uint8_t)stream;
	bool text = !s->split && utf8_valid(p, len);
	size_t n;

	for (; len; p += n, len -= n) {
		n = text ? utf8_cut(p, len, FRAME_MAX) : len < FRAME_MAX ? len : FRAME_MAX;
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the caller holds a reference */
		if (session_frame(s, text ? WS_TEXT : WS_BINARY, &prefix, s->split ? 1 : 0, p, n))
			return -1;
	}
	return 0;
}

void session_split(struct session *s, bool on)
{
	s->split = on;
}

void session_watch(struct session *s, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&s->lock);
	s->watcher = fn;
	s->watcher_arg = arg;
	set_event(s); /* what came before has not been told */
	pthread_mutex_unlock(&s->lock);
}

bool session_gone(struct session *s)
{
	bool gone;

	pthread_mutex_lock(&s->lock);
	gone = s->gone;
	pthread_mutex_unlock(&s->lock);
	return gone;
}

size_t session_room(struct session *s)
{
	/* each frame of what fits has its head, and the stream's byte */
	const size_t heads = (OUTPUT_MAX / FRAME_MAX + 1) * (WS_HEAD_MAX + 1);
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = room(s);
	if (n < ROOM_AGAIN)
		s->room_asked = true;
	pthread_mutex_unlock(&s->lock);
	return n > heads ? n - heads : 0;
}

ssize_t session_input(struct session *s, void *buf, size_t size)
{
	size_t n;
	ssize_t result = -1;
	bool resume = false;

	pthread_mutex_lock(&s->lock);
	n = s->input.len - s->input_at;
	if (n) {
		if (n > size)
			n = size;
		memcpy(buf, s->input.data + s->input_at, n);
		s->input_at += n;
		result = (ssize_t)n;
		if (s->input_at == s->input.len) {
			buffer_free(&s->input);
			s->input_at = 0;
		}
	} else if (s->input_ended && !s->input_end_told) {
		s->input_end_told = true;
		result = 0;
	}
	if (s->input_paused && s->input.len - s->input_at < INPUT_MAX / 2) {
		s->input_paused = false;
		resume = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (resume)
		session_tell_loop(s);
	return result;
}
