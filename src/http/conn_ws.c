/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/conn_private.h"

#include <string.h>

#define FIRST_MAX     ((size_t)4 * 1024 * 1024)
#define FIRST_TIMEOUT 60
#define CLOSE_TIMEOUT 5
#define FLUSH_TIMEOUT 30

/* The session has output, wants input again, or has ended. */
static void news(void *data)
{
	conn_news(data);
}

int conn_upgrade(struct conn *c, const struct http_head *head, struct error *err)
{
	char accept[32];

	if (!head->upgrade_websocket || !head->websocket_version ||
		strcmp(head->websocket_version, "13") != 0) {
		buffer_puts(
			&c->refusal_headers, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
		error_set(err, ERROR_INVALID, "%s is a WebSocket endpoint", head->path);
		return 426;
	}
	if (!head->websocket_key || ws_accept(head->websocket_key, accept)) {
		error_set(err, ERROR_INVALID, "malformed Sec-WebSocket-Key");
		return 400;
	}
	buffer_printf(&c->out,
		"HTTP/1.1 101 %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n\r\n",
		http_reason(101), accept);
	c->session = session_new(c->server, c->route.stream, (struct session_owner){c, news});
	c->state = CONN_FIRST;
	conn_timeout(c, FIRST_TIMEOUT);
	conn_wants(c);
	return 0;
}

/* Ends the session because of what the client did. */
static void fail(struct conn *c, int code, const char *message)
{
	char reason[WS_REASON_MAX + 1];
	bool cut;
	size_t len = ws_reason(reason, "error", message, "", &cut);

	session_close(c->session, code, reason, len); /* before the worker can say how it ended */
	session_lost(c->session);
	c->state = CONN_CLOSING;
	conn_timeout(c, FLUSH_TIMEOUT);
	conn_wants(c);
}

static void first_piece(struct conn *c, const struct ws_piece *piece)
{
	char *config;
	size_t len;

	if (piece->opcode != WS_TEXT) {
		fail(c, 1002, "the first message must be text");
		return;
	}
	if (piece->left > FIRST_MAX || c->first.len + piece->len + piece->left > FIRST_MAX) {
		fail(c, 1009, "the first message is too large");
		return;
	}
	if (piece->len)
		buffer_add(&c->first, piece->data, piece->len);
	if (!piece->end)
		return;
	config = c->first.data;
	len = c->first.len;
	memset(&c->first, 0, sizeof(c->first));
	conn_timeout(c, 0);
	c->state = CONN_STREAM;
	if (session_start(c->session, config, len))
		fail(c, 1011, "too many operations are under way");
}

static void input_piece(struct conn *c, const struct ws_piece *piece)
{
	bool end = piece->opcode == WS_BINARY && piece->begin && piece->end && !piece->len;

	session_feed(c->session, piece->data, piece->len, end);
}

/* The client ends the session: the worker is told, and the close frame is answered. */
static void close_piece(struct conn *c, const struct ws_piece *piece)
{
	c->close_received = true;
	if (c->state != CONN_CLOSING) {
		c->state = CONN_CLOSING;
		session_close(c->session, ws_close_code(piece->data, piece->len), NULL, 0);
		session_lost(c->session);
		conn_timeout(c, FLUSH_TIMEOUT);
	}
	conn_wants(c);
}

static void take_piece(struct conn *c, const struct ws_piece *piece)
{
	switch (piece->opcode) {
	case WS_CLOSE:
		close_piece(c, piece);
		break;
	case WS_PING:
		session_control(c->session, WS_PONG, piece->data, piece->len);
		conn_wants(c);
		break;
	case WS_PONG:
		break;
	default:
		if (c->state == CONN_FIRST)
			first_piece(c, piece);
		else if (c->state == CONN_STREAM)
			input_piece(c, piece);
	}
}

int conn_ws_input(struct conn *c, uint8_t *data, size_t len)
{
	struct ws_piece piece;
	int rc;

	if (c->close_received)
		return 0;
	while ((rc = ws_read(&c->reader, &data, &len, &piece)) > 0 && !c->close_received)
		take_piece(c, &piece);
	if (rc < 0) {
		c->close_received = true; /* no sense can be made of what else comes */
		if (c->state != CONN_CLOSING)
			fail(c, 1002, "malformed WebSocket frame");
	}
	conn_reading(c);
	return 0;
}

/* All frames have gone, the close frame last. */
static int closed(struct conn *c)
{
	if (c->close_received)
		return conn_linger(c);
	if (c->state != CONN_CLOSING) {
		c->state = CONN_CLOSING;
		conn_reading(c);
	}
	conn_timeout(c, CLOSE_TIMEOUT);
	return 0;
}

int conn_ws_writeable(struct conn *c)
{
	const uint8_t *data;
	size_t n = session_pending(c->session, &data, CONN_WRITE_MAX);

	if (n) {
		if (conn_write(c, data, n))
			return -1;
		session_sent(c->session, n);
		conn_wants(c);
		return 0;
	}
	return session_closed(c->session) ? closed(c) : 0;
}
