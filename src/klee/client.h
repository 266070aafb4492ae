/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to kleened: HTTP requests and WebSocket streams by libwebsockets, in one event
 * loop that also watches descriptors of ours. One thread; nothing here is safe from another.
 */
#ifndef KLEE_CLIENT_H
#define KLEE_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "klee/settings.h"

struct call;
struct client;
struct stream;
struct watch;

/* Prepares; nothing is connected yet. The settings must outlive the client. NULL on failure. */
struct client *client_new(const struct settings *settings, struct error *err);

/* Closes whatever is open. NULL is allowed. */
void client_free(struct client *c);

/* Handles events once, waiting for one if there is none. */
void client_service(struct client *c);

/*
 * One request. body: NULL for none; it stays the caller's. *answer: a new reference, or NULL when
 * the answer has no body; answer may be NULL. An answer of 400 and more is an error with the
 * status in err->code and kleened's message; without any answer err->code is 0.
 */
int client_request(struct client *c, const char *method, const char *path, json_t *body,
	json_t **answer, struct error *err);

/*
 * The same in two steps, so that several are under way at once. Each that was begun is finished
 * once, in any order.
 */
struct call *client_begin(struct client *c, const char *method, const char *path, json_t *body);
int client_finish(struct call *call, json_t **answer, struct error *err);

/* Whether client_finish would not wait. */
bool client_over(const struct call *call);

/* A POST without body whose answer nobody waits for; it is sent as the loop runs. */
void client_post(struct client *c, const char *path);

/* "/containers/%s/stop" with each %s replaced by the percent-encoded argument. */
char *client_path(const char *format, const char *first, const char *second);

/* What happens on a stream. Called from client_service. */
struct stream_events {
	bool lines; /* the output consists of lines, a frame each */
	void (*starting)(void *arg); /* kleened has begun; may be NULL */
	/* A piece of a frame with output; frames come one after another, first to last piece. */
	void (*output)(void *arg, const void *data, size_t len, bool first, bool text);
	void (*writable)(void *arg); /* after stream_want_write: one stream_send may follow */
	/*
	 * The end. code: the close code; 0: no connection came about, for the reason given, or it
	 * was lost, with an empty reason.
	 */
	void (*closed)(void *arg, int code, const char *reason, size_t len);
};

/* Opens a WebSocket and sends the configuration. The stream lives as long as the client. */
struct stream *stream_open(struct client *c, const char *path, const json_t *config,
	const struct stream_events *events, void *arg);
void stream_want_write(struct stream *s);

/* Sends a binary frame. The library writes into the STREAM_ROOM bytes before data, and masks it. */
int stream_send(struct stream *s, void *data, size_t len);
#define STREAM_ROOM 32

/* Closes the connection without another event. */
void stream_abort(struct stream *s);

/*
 * Calls ready(arg) when fd is readable, then nothing more before watch_resume. hung_up: the other
 * end is closed for good, so that reading fd does not block from now on, and the watch is over.
 * The watch lives as long as the client. NULL if fd cannot be watched.
 */
struct watch *watch_new(
	struct client *c, int fd, void (*ready)(void *arg, bool hung_up), void *arg);
void watch_resume(struct watch *w);
void watch_stop(struct watch *w);

#endif
