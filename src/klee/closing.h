/* SPDX-License-Identifier: BSD-2-Clause */
/* What kleened says as it closes a stream. */
#ifndef KLEE_CLOSING_H
#define KLEE_CLOSING_H

#include "base/error.h"
#include "base/mem.h"

/* Close codes kleened uses, rfc6455 7.4.1. */
enum {
	CLOSE_DONE = 1000,
	CLOSE_DETACHED = 1001,
	CLOSE_MALFORMED = 1002,
	CLOSE_FAILED = 1011,
};

struct closing {
	int code; /* 0: no connection, see struct stream_events */
	char *message; /* "" if there was none */
	char *data; /* likewise */
};

/* Takes a close code and reason apart; a reason that is no message becomes the message itself. */
void closing_parse(struct closing *c, int code, const char *reason, size_t len);
void closing_free(struct closing *c);

/* The N of "… with exit-code N"; -1: the message does not end so. */
int closing_exit_code(const struct closing *c);

/*
 * Fills *err if the stream failed: with kleened's message, or with what happened to the connection
 * to the given host. err->code: 126 or 127 if kleened's data says so, else HTTP's 500 for a
 * failure kleened reported and 0 for one of the connection. Returns -1, or 0 if it did not fail.
 */
int closing_check(const struct closing *c, const char *host, struct error *err);

#endif
