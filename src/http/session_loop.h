/* SPDX-License-Identifier: BSD-2-Clause */
/* A session as the event loop sees it; session.h is the worker's side. */
#ifndef HTTP_SESSION_LOOP_H
#define HTTP_SESSION_LOOP_H

#include <stdint.h>

#include "http/api.h"
#include "http/session.h"
#include "http/task.h"
#include "http/ws.h"

/* Whom a session belongs to in the loop. */
struct session_owner {
	void *data;
	void (*news)(void *data); /* in the loop's thread: output, or room for input */
};

/*
 * A session that the connection holds one reference of. owner is called until session_abandon.
 */
struct session *session_new(
	struct server *server, const struct stream_endpoint *endpoint, struct session_owner owner);

/* Runs the handler with the client's first message (taken over) on the pool. -1: none is free. */
int session_start(struct session *s, char *config, size_t len);

/* The client went away, or said so; the worker is told. */
void session_lost(struct session *s);

/* Gives the connection's reference back; the owner is not called again. */
void session_abandon(struct session *s);

/* Standard input from the client; len 0 with end ends it. True while more should be read. */
bool session_feed(struct session *s, const void *data, size_t len, bool end);
bool session_hungry(struct session *s);

/*
 * The bytes to send next, at most max, 0 if there are none now. They stay in place until
 * session_sent says how many of them are through.
 */
size_t session_pending(struct session *s, const uint8_t **data, size_t max);
void session_sent(struct session *s, size_t n);

/* Queues a pong or ping; dropped when there is no room. */
void session_control(struct session *s, enum ws_opcode opcode, const void *data, size_t len);

/* Queues a close frame behind everything else, unless there is one. Nothing can be queued after. */
void session_close(struct session *s, int code, const void *reason, size_t len);

/* True if a close frame was queued and all has been taken by session_pending. */
bool session_closed(struct session *s);

#endif
