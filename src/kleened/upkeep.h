/*
 * What the daemon does beside what it is asked for: removals that were begun are carried on with
 * until nothing is left, and the store's log is written back. One thread.
 */
#ifndef KLEENED_UPKEEP_H
#define KLEENED_UPKEEP_H

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

struct upkeep *upkeep_new(struct daemon *d, struct error *err);

/* Ends the thread; what is left to be removed is the next daemon's. */
void upkeep_free(struct upkeep *u);

/*
 * Removes what is left of an object that the store has as removing, or as creating by somebody who
 * has given it up; the caller holds its lock (a build's: none). On failure (-1, *err says so) it
 * stays in the store and is tried again, each time after a longer while, until it has gone. The
 * names that belong to it are taken until then.
 */
int remove_rest(struct daemon *d, enum removable kind, const char *id, struct error *err);

#endif
