/* SPDX-License-Identifier: BSD-2-Clause */
/* WebSocket streams: first frame ours (configuration), first one back "starting", then bytes. */
#include <string.h>

#include "base/mem.h"
#include "klee/client_private.h"

#define STARTING_MAX (64u << 10) /* bytes of the "starting" message */

struct stream {
	struct stream *next;
	struct client *client;
	struct lws *wsi;
	lws_sorted_usec_list_t timer; /* while connecting */
	char *config; /* with room for libwebsockets before it; NULL once sent */
	size_t config_len;
	bool established, closed;
	bool started; /* the first frame is over */
	bool inside; /* of a frame */
	struct buffer starting; /* the first frame, as far as it came */
	struct buffer held; /* a frame that may be the whole text of an error */
	const struct stream_events *events;
	void *arg;
};

static void release_held(struct stream *s)
{
	if (s->held.len > 0)
		s->events->output(s->arg, s->held.data, s->held.len, true, true);
	buffer_free(&s->held);
}

/*
 * A reason holds 123 bytes: kleened sends the text of a longer error as a frame before it. Returns
 * the reason with that text, to be freed, or NULL if the frame held is none.
 */
static char *whole_reason(struct stream *s, const void *reason, size_t len)
{
	json_error_t where;
	json_t *json = json_loadb(reason, len, 0, &where);
	const char *cut = json_string_value(json_object_get(json, "message"));
	char *whole = NULL;

	if (cut != NULL && s->held.len > strlen(cut) &&
		strncmp(s->held.data, cut, strlen(cut)) == 0) {
		json_object_set_new(json, "message", json_stringn(s->held.data, s->held.len));
		whole = json_dumps(json, JSON_COMPACT);
	}
	json_decref(json);
	return whole;
}

/* Reports the end, once. */
static void end(struct stream *s, int code, const void *reason, size_t len)
{
	AUTO_FREE char *whole = NULL;

	lws_sul_cancel(&s->timer);
	if (s->closed)
		return;
	if (s->held.len > 0)
		whole = whole_reason(s, reason, len);
	if (whole == NULL)
		release_held(s);
	s->closed = true;
	s->events->closed(s->arg, code, whole ? whole : reason, whole ? strlen(whole) : len);
}

/* No connection came about, or it is gone: libwebsockets' reason, if it has one. */
static void lost(struct stream *s, const void *reason, size_t len)
{
	AUTO_FREE char *why = s->closed ? NULL : diagnose(s->client, reason, len);

	s->wsi = NULL;
	if (why != NULL)
		end(s, 0, why, strlen(why));
}

void streams_forget(struct client *c, const struct lws *wsi)
{
	for (struct stream *s = c->streams; s != NULL; s = s->next)
		if (s->wsi == wsi)
			lost(s, NULL, 0);
}

static void timed_out(lws_sorted_usec_list_t *timer)
{
	struct stream *s = lws_container_of(timer, struct stream, timer);

	end(s, 0, "timed out", 9);
	stream_abort(s);
}

static int writable(struct stream *s)
{
	int n;

	if (s->config == NULL) {
		if (!s->closed)
			s->events->writable(s->arg);
		return 0;
	}
	n = lws_write(s->wsi, (unsigned char *)s->config + LWS_PRE, s->config_len, LWS_WRITE_TEXT);
	free(take_ptr(&s->config));
	return n < 0 ? -1 : 0;
}

/* True if the frame is a message of the type. */
static bool is_message(const struct buffer *frame, const char *expected)
{
	json_error_t where;
	json_t *json = json_loadb(frame->data, frame->len, 0, &where);
	const char *type = json_string_value(json_object_get(json, "msg_type"));
	bool result = type != NULL && strcmp(type, expected) == 0;

	json_decref(json);
	return result;
}

/* Lines of output end with a newline, progress begins with a carriage return. */
static bool may_be_error(const char *data, size_t len)
{
	return len > 0 && data[0] != '\r' && data[len - 1] != '\n';
}

static void receive(struct stream *s, const void *data, size_t len)
{
	bool text = !lws_frame_is_binary(s->wsi), first = !s->inside;
	bool last = lws_remaining_packet_payload(s->wsi) == 0 && lws_is_final_fragment(s->wsi);

	s->inside = !last;
	if (s->closed)
		return;
	if (s->started) {
		release_held(s);
		if (s->events->lines && text && first && last && may_be_error(data, len))
			buffer_add(&s->held, data, len);
		else
			s->events->output(s->arg, data, len, first, text);
		return;
	}
	buffer_add(&s->starting, data, len);
	if (!last && text && s->starting.len <= STARTING_MAX)
		return;
	s->started = true;
	if (text && last && is_message(&s->starting, "starting")) {
		if (s->events->starting != NULL)
			s->events->starting(s->arg);
	} else if (text && last && is_message(&s->starting, "error")) {
		; /* which the end of the stream tells */
	} else if (text && last) {
		buffer_add(&s->held, s->starting.data, s->starting.len);
	} else {
		s->events->output(s->arg, s->starting.data, s->starting.len, true, text);
	}
	buffer_free(&s->starting);
}

static void peer_closed(struct stream *s, const unsigned char *in, size_t len)
{
	if (len >= 2)
		end(s, in[0] << 8 | in[1], in + 2, len - 2);
	else
		end(s, 1005, "", 0);
}

int stream_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct stream *s = user;

	if (s == NULL)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		s->client->tls_asked = false;
		lws_sul_cancel(&s->timer);
		s->established = true;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return writable(s);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		receive(s, in, len);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		peer_closed(s, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		lost(s, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_CLOSED:
		end(s, 0, "", 0);
		s->wsi = NULL;
		return 0;
	default:
		return 0;
	}
}

struct stream *stream_open(struct client *c, const char *path, const json_t *config,
	const struct stream_events *events, void *arg)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->client = c;
	s->events = events;
	s->arg = arg;
	s->config_len = json_dumpb(config, NULL, 0, JSON_COMPACT);
	s->config = xcalloc(1, LWS_PRE + s->config_len);
	json_dumpb(config, s->config + LWS_PRE, s->config_len, JSON_COMPACT);
	s->next = c->streams;
	c->streams = s;
	lws_sul_schedule(c->context, 0, &s->timer, timed_out, CONNECT_TIMEOUT);
	client_connect(c, NULL, path, "stream", s, &s->wsi);
	if (s->wsi == NULL)
		lost(s, NULL, 0);
	return s;
}

void stream_want_write(struct stream *s)
{
	if (s->wsi != NULL && s->established && !s->closed)
		lws_callback_on_writable(s->wsi);
}

int stream_send(struct stream *s, void *data, size_t len)
{
	if (s->wsi == NULL || s->closed)
		return -1;
	return lws_write(s->wsi, data, len, LWS_WRITE_BINARY) < 0 ? -1 : 0;
}

void stream_abort(struct stream *s)
{
	s->closed = true;
	if (s->wsi != NULL)
		lws_set_timeout(s->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void stream_free_all(struct client *c)
{
	while (c->streams != NULL) {
		struct stream *next = c->streams->next;

		free(c->streams->config);
		buffer_free(&c->streams->starting);
		buffer_free(&c->streams->held);
		free(c->streams);
		c->streams = next;
	}
}
