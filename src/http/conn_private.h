/* SPDX-License-Identifier: BSD-2-Clause */
/* What conn.c (HTTP), conn_ws.c (WebSocket) and handshakes.c (TLS) share. */
#ifndef HTTP_CONN_PRIVATE_H
#define HTTP_CONN_PRIVATE_H

#include "http/conn.h"
#include "http/http.h"
#include "http/router.h"
#include "http/session_loop.h"
#include "http/work.h"

enum conn_state {
	CONN_HEAD = 0, /* waits for a request's head */
	CONN_BODY, /* reads its body */
	CONN_WORK, /* a worker has it; nothing is read meanwhile */
	CONN_ANSWER, /* sends the answer; nothing is read meanwhile */
	CONN_LINGER, /* all is sent; waits for the client to close */
	CONN_FIRST, /* WebSocket: waits for the first message */
	CONN_STREAM, /* WebSocket: the handler works */
	CONN_CLOSING, /* WebSocket: nothing more is taken from the client but its close frame */
};

struct conn {
	struct lws *wsi;
	struct server *server;
	enum conn_state state;
	bool paused; /* reading is off */
	bool waiting; /* libwebsockets holds what could not be sent at once */

	struct buffer in; /* bytes not looked at yet */
	struct http_body body;
	struct route route;
	bool keep_alive, is_head;
	int refusal; /* status to refuse the request with once its body is read; 0: none */
	struct buffer refusal_headers;
	char *refusal_message;
	struct work *work;

	bool owed; /* an answer, see server_owes */
	struct buffer out; /* an answer, of which sent bytes have gone */
	size_t sent;
	size_t lingered; /* bytes dropped since CONN_LINGER */

	struct conn *shaking_before, *shaking_after; /* server_handshakes */
	bool shaking;

	struct session *session;
	struct ws_reader reader;
	struct buffer first;
	bool close_received;
};

/* Turns reading on or off as the connection's state wants it. */
void conn_reading(struct conn *c);

/* Sends at most CONN_WRITE_MAX bytes; the caller asks for more by conn_wants. -1: close. */
int conn_write(struct conn *c, const void *data, size_t len);
void conn_wants(struct conn *c);

/* Something for the connection came from a worker: sends it at once, outside its callbacks. */
void conn_news(struct conn *c);

void conn_timeout(struct conn *c, int seconds); /* 0: none */

/* Closes the sending side; the client's own close ends the connection. -1: close at once. */
int conn_linger(struct conn *c);

/*
 * A TLS connection begins. Its handshake takes fifty kilobytes, and nobody knows yet who asks: of
 * too many at once the oldest go, which a client that means it has long ended.
 */
void handshake_enter(struct conn *c);

/* The client has said something, or goes; more than once is no harm. */
void handshake_leave(struct conn *c);

/* Answers the upgrade request that route is for. Returns 0, or a status and *err. */
int conn_upgrade(struct conn *c, const struct http_head *head, struct error *err);
/* Bytes of a WebSocket client; they are unmasked in place. -1: close. */
int conn_ws_input(struct conn *c, uint8_t *data, size_t len);
int conn_ws_writeable(struct conn *c);

#endif
