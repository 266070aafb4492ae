/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker thread hands to the event loop: a task is posted from any thread and run by the
 * loop's thread soon after. Posting one that is still waiting changes nothing.
 */
#ifndef HTTP_TASK_H
#define HTTP_TASK_H

#include <stdbool.h>

struct conn;
struct door;
struct lws;
struct api;
struct server;

struct task {
	struct task *next;
	bool posted; /* guarded by the server's lock */
	void (*run)(struct task *t); /* in the loop's thread; may free the task */
};

/* Returns true if the task was not waiting already. */
bool server_post(struct server *s, struct task *t);

/* Counts what worker threads still have under way; server_free waits until it is nothing. */
void server_busy(struct server *s);
void server_done(struct server *s);

/* Connections whose request is with a worker or whose answer is being sent. The loop's thread's. */
void server_owes(struct server *s, bool more);

/*
 * Connections whose TLS handshake may not be over, oldest first. The loop's thread's.
 */
struct handshakes {
	struct conn *first, *last;
	unsigned int n;
};
struct handshakes *server_handshakes(struct server *s);

/* Whether no further request is to be taken. */
bool server_stopping(const struct server *s);

/* By which door a connection has come in. */
const struct door *server_door(struct lws *wsi);

/* The tables of what it answers. */
const struct api *server_api(const struct server *s);

/* What handlers get. */
struct daemon *server_daemon(const struct server *s);
struct pool *server_requests(const struct server *s);
struct pool *server_operations(const struct server *s);

#endif
