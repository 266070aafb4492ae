/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks on objects by id: operations on one object run one after another, on different ones side
 * by side. An operation that needs several takes them in this order: the removal of a network, one
 * container or image, volumes; these in the order of their names. object_lock aborts (assert(3))
 * where a thread does not, whether anybody waits or not: who waits for each other, waits for ever.
 */
#ifndef DAEMON_LOCKS_H
#define DAEMON_LOCKS_H

#include <stddef.h>

/* What stands before "/" and id or name where the lock is not called by the id alone. */
#define NETWORK_REMOVAL_LOCK "network-removal"
#define VOLUME_LOCK	     "volume" /* as its dataset */

struct locks;

struct locks *locks_new(void);
void locks_free(struct locks *l); /* none may be held */

/* Waits until no other thread holds the object, then holds it. Not recursive. */
void object_lock(struct locks *l, const char *id);

/* By the thread that holds it. */
void object_unlock(struct locks *l, const char *id);

/* A lock held until the end of a scope: AUTO(held_release) struct held h = hold(locks, id); */
struct held {
	struct locks *locks;
	const char *id; /* NULL: nothing is held */
};

static inline struct held hold(struct locks *l, const char *id)
{
	object_lock(l, id);
	return (struct held){l, id};
}

static inline void held_release(struct held *h)
{
	if (h->id != NULL)
		object_unlock(h->locks, h->id);
	h->id = NULL;
}

#endif
