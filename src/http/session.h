/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A WebSocket session, as the worker thread sees it that carries out the operation. The event loop
 * moves the frames; these functions only use bounded queues between the two, so a client that
 * reads slowly makes the worker wait and never makes the daemon grow. One worker uses a session, or
 * a mover (movers.h) to which it has passed it on.
 */
#ifndef HTTP_SESSION_H
#define HTTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct session;

enum session_stream { SESSION_STDOUT = 1, SESSION_STDERR = 2 };

/* Sends the "starting" message as a text frame. data: "" or what the contract says. */
void session_starting(struct session *s, const char *message, const char *data);

/*
 * Sends an error as a text frame where "starting" would be, before the handler fails: what the
 * published client shows of a build that does not begin.
 */
void session_refused(struct session *s, const char *message);

/*
 * From now on fn(arg) is called whenever session_gone, session_room or session_input may have
 * changed, in any thread, and once right now. It must not wait, nor use the session. NULL: no more;
 * on return no call is under way.
 */
void session_watch(struct session *s, void (*fn)(void *arg), void *arg);

/* True once the client has closed the connection or vanished: nothing more can be sent. */
bool session_gone(struct session *s);

/* How many bytes of output are taken without waiting; at least 32 KiB when the client keeps up. */
size_t session_room(struct session *s);

/*
 * Queues output, as a text frame if it is valid UTF-8, else as a binary one; blocks while there
 * is no room. With session_split on, frames are binary and begin with a byte that holds the
 * stream. Returns 0, or -1 if the client is gone.
 */
int session_output(struct session *s, enum session_stream stream, const void *data, size_t len);
void session_split(struct session *s, bool on);

/*
 * Some last words on standard error, at most SESSION_LAST_WORDS bytes: for them there is room
 * without waiting, but for a client that has taken nothing for long. Returns -1 if they are
 * dropped.
 */
#define SESSION_LAST_WORDS 2048
int session_last_words(struct session *s, const char *text);

/* session_output of a formatted text to SESSION_STDOUT. */
int session_printf(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Takes what the client sent as standard input: the number of bytes, 0 at the end of input (an
 * empty binary frame), -1 if there is nothing now (also after the end was returned once). The
 * client is made to wait while more than a bounded amount lies here.
 */
ssize_t session_input(struct session *s, void *buf, size_t size);

/*
 * Ends the session when all output queued so far has been sent: close code and a WebSocketMessage
 * of type "closing" as the reason (cut to the 123 bytes a reason may have, valid JSON all the
 * same). Does not wait. For the handler's last act.
 */
void session_finish(struct session *s, int code, const char *message, const char *data);

/*
 * For who goes on with a session whose handler has returned STREAM_MOVES: takes the place of that
 * return, with its result and error. The session must not be used afterwards. Does not wait.
 */
void session_over(struct session *s, int result, const struct error *err);

/* Sets the "data" of the error message that the session closes with if the handler fails. */
void session_error_data(struct session *s, const char *data);

#endif
