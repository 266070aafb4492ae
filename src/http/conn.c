/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/conn.h"

#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

#include "http/conn_private.h"
#include "http/origin.h"

#define IDLE_TIMEOUT   60 /* between requests, and between the pieces of one */
#define SEND_TIMEOUT   60 /* without any progress */
#define LINGER_TIMEOUT 2 /* without anything from the client */
#define LINGER_MAX     ((size_t)16 * 1024 * 1024) /* bytes taken from it meanwhile */
#define STOPPING       "kleened is stopping"
#define PING_INTERVAL  (10 * LWS_USEC_PER_SEC)

const size_t conn_size = sizeof(struct conn);

void conn_reading(struct conn *c)
{
	/* while libwebsockets holds output it does not read either, yet would be woken for input */
	bool pause = c->waiting || c->state == CONN_WORK || c->state == CONN_ANSWER ||
		     (c->state == CONN_STREAM && !session_hungry(c->session));

	if (pause == c->paused)
		return;
	c->paused = pause;
	lws_rx_flow_control(c->wsi, !pause);
	/* a client that goes away is not noticed by reading now: pings make its system say so */
	if (pause && c->state == CONN_STREAM)
		lws_set_timer_usecs(c->wsi, PING_INTERVAL);
}

/* Reading has been off for a while. */
static void ping(struct conn *c)
{
	if (c->state != CONN_STREAM || !c->paused)
		return;
	session_control(c->session, WS_PING, NULL, 0);
	conn_wants(c);
	lws_set_timer_usecs(c->wsi, PING_INTERVAL);
}

int conn_write(struct conn *c, const void *data, size_t len)
{
	/* for this role libwebsockets only reads from the buffer */
	if (lws_write(c->wsi, (unsigned char *)data, len, LWS_WRITE_RAW) < 0)
		return -1;
	c->waiting = lws_partial_buffered(c->wsi);
	conn_reading(c);
	return 0;
}

void conn_wants(struct conn *c)
{
	lws_callback_on_writable(c->wsi);
}

void conn_timeout(struct conn *c, int seconds)
{
	lws_set_timeout(c->wsi, seconds ? PENDING_TIMEOUT_USER_OK : NO_PENDING_TIMEOUT, seconds);
}

int conn_linger(struct conn *c)
{
	/* closing while input lies unread would destroy the answer on its way to the client */
	if (c->state == CONN_LINGER)
		return 0;
	if (lws_is_ssl(c->wsi) && c->session)
		return -1;
	c->state = CONN_LINGER;
	conn_reading(c);
	conn_timeout(c, LINGER_TIMEOUT);
	if (!lws_is_ssl(c->wsi))
		shutdown(lws_get_socket_fd(c->wsi), SHUT_WR);
	return 0;
}

static void drop_input(struct conn *c, size_t n)
{
	c->in.len -= n;
	memmove(c->in.data, c->in.data + n, c->in.len);
}

static void end_request(struct conn *c)
{
	route_free(&c->route);
	buffer_free(&c->body.data);
	memset(&c->body, 0, sizeof(c->body));
	buffer_free(&c->refusal_headers);
	free(take_ptr(&c->refusal_message));
	c->refusal = 0;
}

static int writeable(struct conn *c);

/* Sends what there is without another turn of the loop, which costs time. -1: close. */
static int send_now(struct conn *c)
{
	if (!lws_partial_buffered(c->wsi))
		return writeable(c);
	conn_wants(c);
	return 0;
}

void conn_news(struct conn *c)
{
	conn_reading(c);
	if (send_now(c))
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void owe(struct conn *c, bool owed)
{
	if (c->owed != owed)
		server_owes(c->server, owed);
	c->owed = owed;
}

static void start_answer(struct conn *c)
{
	owe(c, true);
	c->state = CONN_ANSWER;
	c->sent = 0;
	conn_reading(c);
	conn_timeout(c, SEND_TIMEOUT);
}

/* Answers with the refusal that was decided on. */
static void refuse(struct conn *c)
{
	struct http_answer answer = {c->refusal,
		c->refusal_headers.data ? c->refusal_headers.data : "", c->keep_alive, c->is_head};

	http_refusal(&c->out, &answer, c->refusal_message);
	end_request(c);
	start_answer(c);
}

static void set_refusal(struct conn *c, int status, const char *message)
{
	c->refusal = status;
	free(c->refusal_message);
	c->refusal_message = xstrdup(message);
	c->body.discard = true;
}

/* Refuses without reading the rest of the request; the connection cannot be used further. */
static void refuse_now(struct conn *c, int status, const char *message)
{
	c->keep_alive = false;
	set_refusal(c, status, message);
	refuse(c);
}

/* The loop's end of a request that a worker has carried out. */
static void work_done(struct task *t)
{
	struct work *w = (struct work *)t;
	struct conn *c = w->owner;

	if (c) {
		c->work = NULL;
		buffer_free(&c->out);
		c->out = w->answer;
		memset(&w->answer, 0, sizeof(w->answer));
		start_answer(c);
		conn_news(c);
	}
	work_free(w);
}

static void start_work(struct conn *c)
{
	struct work *w = xcalloc(1, sizeof(*w));

	w->task.run = work_done;
	w->server = c->server;
	w->owner = c;
	w->route = c->route;
	w->body = c->body.data;
	w->keep_alive = c->keep_alive;
	memset(&c->route, 0, sizeof(c->route));
	memset(&c->body.data, 0, sizeof(c->body.data));
	end_request(c);
	if (work_start(w)) {
		work_free(w);
		set_refusal(c, 503, "too many requests are under way");
		refuse(c);
		return;
	}
	owe(c, true);
	c->work = w;
	c->state = CONN_WORK;
	conn_reading(c);
	conn_timeout(c, 0);
}

static void request_complete(struct conn *c)
{
	if (!c->refusal && server_stopping(c->server))
		set_refusal(c, 503, STOPPING);
	if (c->refusal)
		refuse(c);
	else
		start_work(c);
}

/* Decides on a request from its head alone. */
static void judge(struct conn *c, const struct http_head *head)
{
	struct error err = {ERROR_NONE, 0, ""};
	int status = route_find(server_api(c->server), head, &c->route, &c->refusal_headers, &err);

	if (!status && c->route.stream) {
		if (head->length || head->chunked) {
			refuse_now(c, 400, "an upgrade has no body");
			return;
		}
		if (server_stopping(c->server)) {
			refuse_now(c, 503, STOPPING);
			return;
		}
		status = conn_upgrade(c, head, &err);
		if (!status) {
			end_request(c);
			return;
		}
	}
	if (status)
		set_refusal(c, status, err.message);
	c->body.chunked = head->chunked;
	c->body.left = head->length;
	c->state = CONN_BODY;
	if (c->body.left > HTTP_BODY_MAX) {
		refuse_now(c, 413, "the request's body is larger than 4 MiB");
	} else if (head->expect_continue && (head->chunked || head->length)) {
		buffer_puts(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
		conn_wants(c);
	}
}

/* Looks for a whole head in what has come. False if more is needed. */
static bool take_head(struct conn *c)
{
	struct error err = {ERROR_NONE, 0, ""};
	struct http_head head = {0};
	size_t len;
	int status;

	while (c->in.len >= 2 && memcmp(c->in.data, "\r\n", 2) == 0)
		drop_input(c, 2);
	/* what begins so will never be HTTP: TLS, most likely, whose client waits for an answer */
	if (c->in.len > 0 && !isalpha((unsigned char)c->in.data[0]) && c->in.data[0] != '\r') {
		refuse_now(c, 400, "this is no HTTP request");
		return false;
	}
	len = http_head_length(c->in.data, c->in.len);
	if (len > HTTP_HEAD_MAX || (!len && c->in.len > HTTP_HEAD_MAX)) {
		refuse_now(c, 431, "the request's head is larger than 16 KiB");
		return false;
	}
	if (!len)
		return false;
	status = http_head_parse(c->in.data, len, &head, &err);
	if (!status)
		status = origin_check(server_door(c->wsi), lws_get_ssl(c->wsi), &head, &err);
	if (status) {
		refuse_now(c, status, err.message);
		return false;
	}
	c->keep_alive = head.keep_alive;
	c->is_head = strcmp(head.method, "HEAD") == 0;
	judge(c, &head);
	drop_input(c, len);
	return true;
}

/* Returns false if more is needed. */
static bool take_body(struct conn *c)
{
	int status;
	size_t used = http_body_feed(&c->body, c->in.data, c->in.len, &status);

	drop_input(c, used);
	if (status) {
		refuse_now(c, status,
			status == 413 ? "the request's body is larger than 4 MiB"
				      : "malformed chunked body");
		return false;
	}
	if (c->body.done)
		request_complete(c);
	return c->body.done;
}

/* Works through what lies in c->in as far as it goes. -1: close. */
static int process(struct conn *c)
{
	bool more = true;

	while (more) {
		switch (c->state) {
		case CONN_HEAD:
			more = c->in.len && take_head(c);
			break;
		case CONN_BODY:
			more = take_body(c);
			break;
		case CONN_FIRST:
		case CONN_STREAM:
		case CONN_CLOSING:
			if (c->in.len && conn_ws_input(c, (uint8_t *)c->in.data, c->in.len))
				return -1;
			buffer_free(&c->in);
			return 0;
		case CONN_LINGER:
			buffer_free(&c->in);
			return 0;
		default:
			return 0;
		}
	}
	if (!c->in.len)
		buffer_free(&c->in);
	return 0;
}

/* A client that reads no answer before it has sent its request shall get there. */
static int lingered(struct conn *c, size_t len)
{
	c->lingered += len;
	if (c->lingered > LINGER_MAX)
		return -1;
	conn_timeout(c, LINGER_TIMEOUT);
	return 0;
}

static int received(struct conn *c, void *data, size_t len)
{
	handshake_leave(c);
	if (c->state == CONN_LINGER)
		return lingered(c, len);
	if (c->session && !c->in.len)
		return conn_ws_input(c, data, len);
	if (c->state == CONN_HEAD || c->state == CONN_BODY)
		conn_timeout(c, IDLE_TIMEOUT);
	buffer_add(&c->in, data, len);
	if (process(c))
		return -1;
	return c->out.len ? send_now(c) : 0;
}

/* The answer is on its way; what comes next? */
static int answered(struct conn *c)
{
	buffer_free(&c->out);
	c->sent = 0;
	if (c->state != CONN_ANSWER)
		return 0; /* it was an interim answer */
	owe(c, false);
	if (!c->keep_alive || server_stopping(c->server))
		return conn_linger(c);
	c->state = CONN_HEAD;
	conn_timeout(c, IDLE_TIMEOUT);
	conn_reading(c);
	if (process(c))
		return -1;
	if (c->out.len)
		conn_wants(c);
	return 0;
}

static int writeable(struct conn *c)
{
	size_t n = c->out.len - c->sent;

	c->waiting = lws_partial_buffered(c->wsi);
	conn_reading(c);
	if (n) {
		if (n > CONN_WRITE_MAX)
			n = CONN_WRITE_MAX;
		if (conn_write(c, c->out.data + c->sent, n))
			return -1;
		c->sent += n;
		if (c->state == CONN_ANSWER)
			conn_timeout(c, SEND_TIMEOUT);
	}
	if (c->waiting || c->sent < c->out.len) {
		conn_wants(c);
		return 0;
	}
	if (c->out.len && answered(c))
		return -1;
	return c->session && c->state != CONN_LINGER ? conn_ws_writeable(c) : 0;
}

static void closed(struct conn *c)
{
	handshake_leave(c);
	owe(c, false);
	if (c->work)
		c->work->owner = NULL;
	if (c->session)
		session_abandon(c->session);
	end_request(c);
	buffer_free(&c->in);
	buffer_free(&c->out);
	buffer_free(&c->first);
	memset(c, 0, sizeof(*c));
}

int conn_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct conn *c = user;

	switch (reason) {
	case LWS_CALLBACK_RAW_ADOPT:
		c->wsi = wsi;
		c->server = lws_get_protocol(wsi)->user;
		if (server_door(wsi)->tls)
			handshake_enter(c); /* whose time libwebsockets limits */
		else
			conn_timeout(c, IDLE_TIMEOUT);
		return 0;
	case LWS_CALLBACK_RAW_RX:
		return received(c, in, len);
	case LWS_CALLBACK_RAW_WRITEABLE:
		return writeable(c);
	case LWS_CALLBACK_TIMER:
		if (c && c->wsi)
			ping(c);
		return 0;
	case LWS_CALLBACK_RAW_CLOSE:
		if (c && c->wsi)
			closed(c);
		return 0;
	default:
		return 0;
	}
}
