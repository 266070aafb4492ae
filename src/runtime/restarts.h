/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restarting containers by their policies (restart_policy.h). A thread waits until the next one is
 * due; the start itself is a job of the pool. What is planned is in memory alone: the store has
 * whether a container's own command is wanted to run and how often it was restarted, from which the
 * next daemon knows as much.
 */
#ifndef RUNTIME_RESTARTS_H
#define RUNTIME_RESTARTS_H

#include "params/restart_policy.h"
#include "store/store.h"

struct daemon;
struct restarts;

/* Starts the own command of a container as it was planned, unless it has been stopped meanwhile. */
typedef void (*restart_fn)(struct daemon *d, const char *id, bool with_daemon);

struct restarts *restarts_new(struct daemon *d, restart_fn start, struct error *err);

/* What is planned is done from now on. */
void restarts_begin(struct restarts *r);

/* Starts nothing more and waits for the thread; to be called before the pool is freed. */
void restarts_end(struct restarts *r);

/* After restarts_end, when nobody plans anything any more. r may be NULL. */
void restarts_free(struct restarts *r);

/* The policy and what to decide by of a container that does not run. */
int restarts_look(const struct container *c, struct restart_policy *policy,
	struct restart_state *state, struct error *err);

/*
 * The container's own command is about to be started, which counts as a restart; by_hand: by a
 * client, so that all counts anew. The caller holds the container's lock.
 */
int restarts_starting(
	struct restarts *r, const struct container *c, bool by_hand, struct error *err);

/* That start, by hand, has failed; or the container is not to be restarted for other reasons. */
void restarts_stop(struct restarts *r, const char *id);

/* Another command is about to start the container: nobody wants its own, unless that is planned. */
void restarts_visited(struct restarts *r, const struct container *c);

/* The container has ended: plans the next start if there is to be one. */
void restarts_ended(struct restarts *r, const struct container *c);

/*
 * The container could not be started, and not by hand: likewise. c: as it is now; before: how often
 * it had been restarted when the start began, which counts even if it did not come far.
 */
void restarts_failed(struct restarts *r, struct container *c, unsigned int before);

/*
 * Plans the start of a container that belongs to the daemon's own start: at once, a few at a time
 * with others.
 */
void restarts_with_daemon(struct restarts *r, const char *id);

/* Drops what is planned; also what a worker has already, if it has not begun. */
void restarts_cancel(struct restarts *r, const char *id);

/* For that worker, under the container's lock: whether somebody has been faster. */
bool restarts_cancelled(struct restarts *r, const char *id);

/* The container is gone. */
void restarts_forget(struct restarts *r, const char *id);

/* Whether a container that does not run will be started by itself, if nobody stops it. */
bool restarts_expected(struct restarts *r, const struct container *c);

#endif
