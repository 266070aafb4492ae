/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests: each on a connection of its own, which costs less than keeping one usable. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/mem.h"
#include "klee/client_private.h"

#define ANSWER_MAX   (256u << 20) /* bytes; more is no answer of kleened's */
#define CLOSED_EARLY "the connection was closed without an answer"
#define PIECE	     (32u << 10) /* bytes of a body sent at a time */
#define HANG_UP_LOOK (100 * LWS_US_PER_MS)

struct call {
	struct call *next;
	struct client *client;
	struct lws *wsi;
	lws_sorted_usec_list_t timer; /* while connecting, and while sending the body */
	char *path; /* of a POST that is not started yet */
	char *body;
	size_t len, sent;
	struct buffer answer;
	int status; /* 0: no answer yet */
	bool awaited; /* by client_finish, which looks at it once it is over */
	bool complete; /* the answer is */
	bool over; /* the connection is */
	char *reason; /* why it failed */
};

static void timed_out(lws_sorted_usec_list_t *timer)
{
	struct call *call = lws_container_of(timer, struct call, timer);

	call->reason = xstrdup("timed out");
	call->over = true;
	lws_set_timeout(call->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/*
 * With a body to send, libwebsockets waits for POLLOUT, which FreeBSD's poll(2) never reports of a
 * connection that has been closed: it would poll for ever, without a pause.
 */
static void look_for_hang_up(lws_sorted_usec_list_t *timer)
{
	struct call *call = lws_container_of(timer, struct call, timer);
	struct pollfd fd = {lws_get_socket_fd(call->wsi), POLLIN, 0};

	if (poll(&fd, 1, 0) > 0 && (fd.revents & POLLHUP) != 0)
		lws_set_timeout(call->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	else
		lws_sul_schedule(call->client->context, 0, timer, look_for_hang_up, HANG_UP_LOOK);
}

static int add_headers(struct call *call, struct lws *wsi, unsigned char **p, size_t room)
{
	unsigned char *end = *p + room;
	char length[24];
	int n = snprintf(length, sizeof(length), "%zu", call->len);

	lws_sul_cancel(&call->timer);
	if (call->body == NULL)
		return 0;
	if (lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE,
		    (const unsigned char *)"application/json", 16, p, end) != 0 ||
		lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH,
			(const unsigned char *)length, n, p, end) != 0)
		return -1;
	lws_client_http_body_pending(wsi, 1);
	lws_callback_on_writable(wsi);
	lws_sul_schedule(call->client->context, 0, &call->timer, look_for_hang_up, HANG_UP_LOOK);
	return 0;
}

static int send_body(struct call *call, struct lws *wsi)
{
	size_t n = call->len - call->sent;
	bool last = n <= PIECE;

	if (call->body == NULL || n == 0)
		return 0;
	if (!last)
		n = PIECE;
	if (lws_write(wsi, (unsigned char *)call->body + LWS_PRE + call->sent, n,
		    last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	call->sent += n;
	if (!last) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	lws_client_http_body_pending(wsi, 0);
	lws_sul_cancel(&call->timer);
	return 0;
}

static int receive(struct lws *wsi)
{
	char room[LWS_PRE + PIECE], *p = room + LWS_PRE;
	int n = PIECE;

	return lws_http_client_read(wsi, &p, &n) < 0 ? -1 : 0;
}

/* The end of the connection, whatever led to it. */
static void finish(struct call *call, const void *in, size_t len)
{
	lws_sul_cancel(&call->timer);
	if (!call->complete && call->reason == NULL && call->status == 0)
		call->reason = diagnose(call->client, in, len);
	call->wsi = NULL;
	call->over = true;
}

int http_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct call *call = user;

	if (call == NULL)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_headers(call, wsi, in, len);
	case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
		return send_body(call, wsi);
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		call->client->tls_asked = false; /* the certificate was accepted, or none needed */
		call->status = (int)lws_http_client_http_response(wsi);
		call->complete = call->status == 204; /* never has a body, rfc9110 15.3.5 */
		return call->complete ? -1 : 0;
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return receive(wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		if (call->answer.len + len > ANSWER_MAX)
			return -1;
		buffer_add(&call->answer, in, len);
		return 0;
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
		call->complete = true;
		return -1;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		finish(call, in, len);
		return 0;
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
		finish(call, CLOSED_EARLY, sizeof(CLOSED_EARLY) - 1);
		return 0;
	default:
		return 0;
	}
}

void http_forget(struct client *c, const struct lws *wsi)
{
	for (struct call *call = c->calls; call != NULL; call = call->next)
		if (call->wsi == wsi)
			finish(call, NULL, 0);
}

static struct call *call_new(struct client *c, json_t *body)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->client = c;
	call->next = c->calls;
	c->calls = call;
	if (body != NULL) {
		call->len = json_dumpb(body, NULL, 0, JSON_COMPACT);
		call->body = xcalloc(1, LWS_PRE + call->len + 1);
		json_dumpb(body, call->body + LWS_PRE, call->len, JSON_COMPACT);
	}
	return call;
}

static void call_free(struct call *call)
{
	buffer_free(&call->answer);
	free(call->path);
	free(call->body);
	free(call->reason);
	free(call);
}

static void call_start(struct call *call, const char *method, const char *path)
{
	struct client *c = call->client;

	lws_sul_schedule(c->context, 0, &call->timer, timed_out, CONNECT_TIMEOUT);
	client_connect(c, method, path, "http", call, &call->wsi);
	if (call->wsi == NULL && !call->over)
		finish(call, NULL, 0);
}

/* Turns the answer's status into the kinds of error that handlers of kleened know. */
static enum error_kind kind_of(int status)
{
	switch (status) {
	case 400:
		return ERROR_INVALID;
	case 404:
		return ERROR_NOT_FOUND;
	case 409:
		return ERROR_CONFLICT;
	case 413:
		return ERROR_TOO_LARGE;
	case 503:
		return ERROR_UNAVAILABLE;
	default:
		return ERROR_SYSTEM;
	}
}

static int judge(struct call *call, json_t **answer, struct error *err)
{
	json_t *json = NULL;
	json_error_t where;
	const char *message;

	if (call->status == 0)
		return error_set(err, ERROR_UNAVAILABLE, "cannot connect to kleened at %s: %s",
			call->client->settings->host, call->reason);
	if (!call->complete)
		return error_set(err, ERROR_SYSTEM, "the answer of kleened at %s is cut off",
			call->client->settings->host);
	if (call->answer.len > 0)
		json = json_loadb(call->answer.data, call->answer.len, JSON_DECODE_ANY, &where);
	if (call->status >= 400) {
		message = json_string_value(json_object_get(json, "message"));
		if (message != NULL)
			error_set(err, kind_of(call->status), "%s", message);
		else
			error_set(err, kind_of(call->status), "kleened answered with status %d",
				call->status);
		err->code = call->status;
		json_decref(json);
		return -1;
	}
	if (call->status < 200 || call->status >= 300 || (call->answer.len > 0 && json == NULL)) {
		json_decref(json);
		return error_set(err, ERROR_SYSTEM,
			"what answers at %s is not kleened: status %d, no JSON",
			call->client->settings->host, call->status);
	}
	if (answer != NULL)
		*answer = json;
	else
		json_decref(json);
	return 0;
}

struct call *client_begin(struct client *c, const char *method, const char *path, json_t *body)
{
	struct call *call = call_new(c, body);

	call->awaited = true;
	call_start(call, method, path);
	return call;
}

bool client_over(const struct call *call)
{
	return call->over;
}

void client_service(struct client *c)
{
	http_serve_calls(c);
	lws_service(c->context, 0);
}

int client_finish(struct call *call, json_t **answer, struct error *err)
{
	int rc;

	if (answer != NULL)
		*answer = NULL;
	while (!call->over)
		client_service(call->client);
	rc = judge(call, answer, err);
	call->awaited = false; /* after a time-out the connection still refers to it */
	return rc;
}

int client_request(struct client *c, const char *method, const char *path, json_t *body,
	json_t **answer, struct error *err)
{
	return client_finish(client_begin(c, method, path, body), answer, err);
}

void client_post(struct client *c, const char *path)
{
	struct call *call = call_new(c, NULL);

	call->path = xstrdup(path);
}

void http_serve_calls(struct client *c)
{
	for (struct call **at = &c->calls; *at != NULL;) {
		struct call *call = *at;

		if (call->path != NULL) {
			AUTO_FREE char *path = take_ptr(&call->path);

			call_start(call, "POST", path);
		}
		if (call->over && call->wsi == NULL && !call->awaited) {
			*at = call->next;
			call_free(call);
		} else {
			at = &call->next;
		}
	}
}

void http_free_calls(struct client *c)
{
	while (c->calls != NULL) {
		struct call *next = c->calls->next;

		call_free(c->calls);
		c->calls = next;
	}
}
