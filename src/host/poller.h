/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for many descriptors in one thread, where only what happens costs something and not what
 * is waited for: epoll(7), kqueue(2).
 */
#ifndef HOST_POLLER_H
#define HOST_POLLER_H

#include "base/error.h"

struct poller;

struct poller *poller_new(struct error *err);
void poller_free(struct poller *p);

/*
 * From now on fd, which stays the caller's, is waited for: until it can be read from or its other
 * end is gone. owner comes with its events. One that is closed is dropped first.
 */
int poller_add(struct poller *p, int fd, void *owner, struct error *err);

/* The same, until it can be written to. A descriptor is waited for in one way at a time. */
int poller_add_output(struct poller *p, int fd, void *owner, struct error *err);

void poller_drop(struct poller *p, int fd);

/*
 * Waits for timeout_ms at most (-1: without limit) and returns how many owners have an event, up to
 * max; 0 also when poller_wake was called. An event that is not taken comes again.
 */
int poller_wait(struct poller *p, void *owners[], int max, int timeout_ms);

/* Ends the wait that is under way, or else the next one. From any thread; it cannot fail. */
void poller_wake(struct poller *p);

#endif
