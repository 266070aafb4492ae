/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a warden has to say on a connection and the other end has not read yet: sent as far as the
 * socket takes it, kept for the rest. The warden waits for nobody.
 */
#ifndef WARDEN_OUTGOING_H
#define WARDEN_OUTGOING_H

#include "base/wire.h"

#define OUTGOING_MAX (1u << 20) /* bytes that wait on one connection: ends of 12,000 processes */

struct outgoing {
	struct message *first, **last;
	size_t bytes; /* that wait */
};

/*
 * Sends the message behind those that wait, or keeps it. The descriptors stay the caller's.
 * -1: the other end is gone, or so far behind that it had better begin anew; the connection is to
 * be closed.
 */
int outgoing_add(struct outgoing *o, int fd, struct wire *w, const int *fds, size_t nfds);

/* Sends of what waits as much as the socket takes. -1: the other end is gone. */
int outgoing_flush(struct outgoing *o, int fd);

/* True if the connection is to be polled for POLLOUT. */
bool outgoing_waits(const struct outgoing *o);

void outgoing_free(struct outgoing *o);

#endif
