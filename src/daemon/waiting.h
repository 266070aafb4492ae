/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for a warden's answer for as long as somebody wants it. */
#ifndef DAEMON_WAITING_H
#define DAEMON_WAITING_H

#include "base/wire.h"

/* ms until a process has been started: the container's user database, the command's file */
#define START_TIMEOUT 60000

struct daemon;
struct session;

/*
 * Waits for a message, timeout_ms at most (-1: no limit). 1: m is filled; 0: the other end has
 * closed; -1: error. Of those, a timeout has err->code ETIMEDOUT; if the daemon stops, or the
 * session's client (NULL: there is none) has gone, it is ERROR_UNAVAILABLE, half a second later.
 */
int wait_message(struct daemon *d, struct session *s, struct wire_conn *c, struct wire_message *m,
	int64_t timeout_ms, struct error *err);

#endif
