/*
 * Locks on objects by id: operations on one object run one after another, on different ones side
 * by side. An operation that needs several takes them in the order container, image, volumes; these
 * in the order of their names.
 */
#ifndef KLEENED_LOCKS_H
#define KLEENED_LOCKS_H

#include <stddef.h>

struct locks;

struct locks *locks_new(void);
void locks_free(struct locks *l); /* none may be held */

/* Waits until no other thread holds the object, then holds it. Not recursive. */
void object_lock(struct locks *l, const char *id);
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
