/* SPDX-License-Identifier: BSD-2-Clause */
/* What session.c (the queues) and session_work.c (running the handler) share. */
#ifndef HTTP_SESSION_PRIVATE_H
#define HTTP_SESSION_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "http/session_loop.h"

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
	void (*watcher)(void *arg);
	void *watcher_arg;

	/* the worker's own */
	bool split, finished;
	char *error_data;
};

void session_unref(struct session *s);

/* Has the loop look at the session: there is output, or room for input. */
void session_tell_loop(struct session *s);

/* Queues a frame; waits for room. Returns -1 if the client is gone. */
int session_frame(struct session *s, enum ws_opcode opcode, const void *prefix, size_t prefix_len,
	const void *data, size_t len);

/* Queues a frame of output that ends a session: in the reserve, without waiting. -1: dropped. */
int session_last_frame(struct session *s, enum ws_opcode opcode, const void *prefix,
	size_t prefix_len, const void *data, size_t len);

#endif
