/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon does beside what it is asked for: removals that were begun are carried on with
 * until nothing is left, containers that nobody starts in time are removed, and the store's log is
 * written back. One thread.
 */
#ifndef DAEMON_UPKEEP_H
#define DAEMON_UPKEEP_H

#include <stdint.h>

#include "base/error.h"

struct daemon;
struct upkeep;

enum removable {
	REMOVE_CONTAINER,
	REMOVE_IMAGE,
	REMOVE_VOLUME, /* whose id is its name */
	REMOVE_NETWORK,
	REMOVE_BUILD, /* the id is its image's */
};

/* How what is left of one kind of object is removed. */
struct removal_kind {
	const char *name;
	const char *lock; /* what stands before the id in the name of its lock; NULL: it has none */
	/* whatever has gone already is no error */
	int (*finish)(struct daemon *d, const char *id, struct error *err);
};

/* What upkeep has done by those who know the objects; main has the table of it. */
struct upkeep_work {
	const struct removal_kind *kinds; /* by enum removable */
	void (*not_started)(struct daemon *d, const char *container); /* in the time it had */
	void (*removed)(struct daemon *d); /* something has gone that others may have waited for */
};

struct upkeep *upkeep_new(struct daemon *d, const struct upkeep_work *work, struct error *err);

/* Ends the thread; what is left to be removed is the next daemon's. */
void upkeep_free(struct upkeep *u);

/*
 * Removes what is left of an object that the store has as removing, or as creating by somebody who
 * has given it up; the caller holds its lock (a build's: none). On failure (-1, *err says so) it
 * stays in the store and is tried again, each time after a longer while, until it has gone. The
 * names that belong to it are taken until then.
 */
int remove_rest(struct daemon *d, enum removable kind, const char *id, struct error *err);

/*
 * Has a container that was just made removed in so many seconds, unless it is started before. The
 * next daemon removes it when it starts (reconcile.h).
 */
void remove_unless_started(struct daemon *d, const char *id, int64_t seconds);

#endif
