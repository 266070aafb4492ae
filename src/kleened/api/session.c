#include "kleened/api/session.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "kleened/api/json.h"
#include "kleened/api/session_loop.h"
#include "kleened/api/utf8.h"
#include "kleened/pool.h"

#define OUTPUT_MAX ((size_t)256 * 1024) /* what a worker may queue */
#define RESERVE	   ((size_t)1024) /* for control frames, which never wait */
#define FRAME_MAX  ((size_t)64 * 1024)
#define INPUT_MAX  ((size_t)256 * 1024)
/* A worker that found less room than this is told when there is this much again. */
#define ROOM_AGAIN ((size_t)64 * 1024)

struct session {
	struct task task; /* first: news for the connection */
	struct server *server;
	const struct stream_endpoint *endpoint;
	struct session_owner owner; /* used in the loop's thread alone */
	char *config;
	size_t config_len;
	atomic_uint refs;

	pthread_mutex_t lock; /* for all below */
	pthread_cond_t room;
	uint8_t *ring; /* OUTPUT_MAX + RESERVE bytes: whole frames */
	size_t head, used;
	size_t wanted; /* room that the worker waits for */
	bool room_asked; /* the worker found little room and may poll for more */
	bool sending; /* the loop knows that there is output */
	bool close_queued;
	bool gone;
	struct buffer input;
	size_t input_at; /* bytes of input that are taken */
	bool input_ended, input_end_told, input_paused;
	int event[2]; /* a pipe, made when asked for */
	bool event_set;

	/* the worker's own */
	bool split, finished;
	char *error_data;
};

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
	s->event[0] = s->event[1] = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->room, NULL);
	return s;
}

static void unref(struct session *s)
{
	if (atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	close_fd(&s->event[0]);
	close_fd(&s->event[1]);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->room);
	buffer_free(&s->input);
	free(s->ring);
	free(s->config);
	free(s->error_data);
	free(s);
}

/* Makes the event descriptor readable. The lock is held. */
static void set_event(struct session *s)
{
	if (s->event[1] < 0 || s->event_set)
		return;
	s->event_set = true;
	(void)!write(s->event[1], "", 1);
}

/* Tells the loop; a waiting task holds a reference. */
static void tell_loop(struct session *s)
{
	atomic_fetch_add(&s->refs, 1);
	if (!server_post(s->server, &s->task))
		unref(s);
}

static void run_task(struct task *t)
{
	struct session *s = (struct session *)t;

	if (s->owner.news)
		s->owner.news(s->owner.data);
	unref(s);
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
	unref(s);
}

bool session_feed(struct session *s, const void *data, size_t len, bool end)
{
	bool more;

	pthread_mutex_lock(&s->lock);
	if (!s->input_ended && !s->gone) {
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
	if (!s->close_queued && s->used + 2 * (WS_CONTROL_MAX + WS_HEAD_MAX) < OUTPUT_MAX + RESERVE)
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
static int queue_frame(struct session *s, enum ws_opcode opcode, const void *prefix,
	size_t prefix_len, const void *data, size_t len)
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
		tell_loop(s);
	return sent ? 0 : -1;
}

int session_output(struct session *s, enum session_stream stream, const void *data, size_t len)
{
	const char *p = data;
	uint8_t prefix = (uint8_t)stream;
	bool text = !s->split && utf8_valid(p, len);
	size_t n;

	for (; len; p += n, len -= n) {
		n = text ? utf8_cut(p, len, FRAME_MAX) : len < FRAME_MAX ? len : FRAME_MAX;
		if (queue_frame(s, text ? WS_TEXT : WS_BINARY, &prefix, s->split ? 1 : 0, p, n))
			return -1;
	}
	return 0;
}

void session_split(struct session *s, bool on)
{
	s->split = on;
}

int session_printf(struct session *s, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		text = NULL;
		return -1;
	}
	return session_output(s, SESSION_STDOUT, text, (size_t)len);
}

void session_starting(struct session *s, const char *message, const char *data)
{
	json_t *json = json_object();
	AUTO_FREE char *text = NULL;

	utf8_set(json, "msg_type", "starting");
	utf8_set(json, "message", message);
	utf8_set(json, "data", data);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text)
		queue_frame(s, WS_TEXT, NULL, 0, text, strlen(text));
}

int session_event_fd(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->event[0] < 0 && pipe2(s->event, O_NONBLOCK | O_CLOEXEC) == 0)
		set_event(s); /* what came before has not been told */
	pthread_mutex_unlock(&s->lock);
	return s->event[0];
}

void session_event_clear(struct session *s)
{
	char c[8];

	pthread_mutex_lock(&s->lock);
	if (s->event_set && s->event[0] >= 0)
		(void)!read(s->event[0], c, sizeof(c));
	s->event_set = false;
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
		tell_loop(s);
	return result;
}

static void finish(
	struct session *s, int code, const char *type, const char *message, const char *data)
{
	char reason[WS_REASON_MAX + 1];
	size_t len;
	bool cut;

	if (s->finished)
		return;
	s->finished = true;
	len = ws_reason(reason, type, message, data, &cut);
	if (cut) {
		session_output(s, SESSION_STDERR, message, strlen(message));
		session_output(s, SESSION_STDERR, "\n", 1);
	}
	session_close(s, code, reason, len);
	tell_loop(s);
}

void session_finish(struct session *s, int code, const char *message, const char *data)
{
	finish(s, code, "closing", message, data);
}

void session_error_data(struct session *s, const char *data)
{
	free(s->error_data);
	s->error_data = xstrdup(data);
}

/* Checks the first message and has the handler work on it. */
static int handle(struct session *s, struct error *err)
{
	json_t *value = json_parse(s->config, s->config_len, err);
	json_t *config = value ? schema_check(s->endpoint->config, value, err) : NULL;
	int rc;

	json_decref(value);
	if (!config)
		return -1;
	rc = s->endpoint->handle(server_daemon(s->server), s, config, err);
	json_decref(config);
	return rc;
}

static void work(void *arg)
{
	struct session *s = arg;
	struct server *server = s->server;
	struct error err = {ERROR_NONE, 0, ""};

	if (handle(s, &err))
		finish(s, err.kind == ERROR_INVALID ? 1002 : 1011, "error", err.message,
			s->error_data ? s->error_data : "");
	else
		finish(s, 1011, "error", "the operation ended without a result", "");
	unref(s);
	server_done(server);
}

int session_start(struct session *s, char *config, size_t len)
{
	s->config = config;
	s->config_len = len;
	atomic_fetch_add(&s->refs, 1);
	server_busy(s->server);
	if (pool_run(server_pool(s->server), work, s) == 0)
		return 0;
	server_done(s->server);
	unref(s);
	return -1;
}
