/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of bytes between an attached client and a process. */
#ifndef RUNTIME_ATTACH_H
#define RUNTIME_ATTACH_H

#include "base/wire.h"

struct movers;
struct session;

/* A process whose streams the daemon has in hand (warden/protocol.h, attachment). */
struct attachment {
	struct wire_conn conn;
	bool tty;
	int input, outputs[2]; /* with a terminal: input and outputs[0] are one descriptor */
	bool no_input; /* the process finds its input at the end, whatever the client sends */
	bool silent; /* its output goes nowhere */
};

/*
 * How it was over: the process has ended and its output has been passed on (code and last, see
 * MSG_EXIT, are set), the client is gone, or the warden is.
 */
struct attach_result {
	enum attach_end { ATTACH_EXITED, ATTACH_GONE, ATTACH_LOST } end;
	int code;
	bool last;
};

/* Takes the descriptors out of a STARTED message. */
int attachment_open(struct attachment *a, struct wire_message *m, struct error *err);
void attachment_close(struct attachment *a);

/*
 * Moves bytes, in the movers' thread, until it is over; then over(arg, result) is called there,
 * which must not wait. Until then session and attachment are in use. It waits wherever the other
 * side is slow; it holds no more than one piece of input.
 */
void attach_start(struct movers *ms, struct session *s, struct attachment *a,
	void (*over)(void *arg, const struct attach_result *result), void *arg);

/* The same, for a thread that waits until it is over. */
struct attach_result attach_run(struct movers *ms, struct session *s, struct attachment *a);

#endif
