/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/locks.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct entry {
	struct entry *next;
	char *id;
	unsigned int users; /* the holder and those who wait */
	bool held;
	struct entry *below; /* the holder's: what it took before and still holds */
};

struct locks {
	pthread_mutex_t mutex;
	pthread_cond_t released;
	struct entry *entries; /* as many as are in use: few */
};

struct locks *locks_new(void)
{
	struct locks *l = xcalloc(1, sizeof(*l));

	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->released, NULL);
	return l;
}

void locks_free(struct locks *l)
{
	if (l == NULL)
		return;
	pthread_cond_destroy(&l->released);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}

/* ---- the order ---- */

static _Thread_local struct entry *top; /* what this thread has taken last of what it holds */

/* Kinds of objects, in the order in which a thread may take their locks. */
enum place { NETWORK_REMOVAL, CONTAINER_OR_IMAGE, VOLUME };

static bool begins_with(const char *id, const char *kind)
{
	size_t length = strlen(kind);

	return strncmp(id, kind, length) == 0 && id[length] == '/';
}

static enum place place_of(const char *id)
{
	if (begins_with(id, NETWORK_REMOVAL_LOCK))
		return NETWORK_REMOVAL;
	return begins_with(id, VOLUME_LOCK) ? VOLUME : CONTAINER_OR_IMAGE;
}

static bool may_follow(const char *held, const char *next)
{
	enum place a = place_of(held), b = place_of(next);

	return a < b || (a == VOLUME && b == VOLUME && strcmp(held, next) < 0);
}

/* The entry is this thread's now. What it holds is in order, so the last is compared with alone. */
static void push(struct entry *e)
{
	e->below = top;
	top = e;
}

static void take_out(const struct entry *e)
{
	struct entry **at = &top;

	while (*at != e) {
		assert(*at != NULL); /* else another thread has taken it */
		at = &(*at)->below;
	}
	*at = e->below;
}

/* ---- locks ---- */

static struct entry **find(struct locks *l, const char *id)
{
	struct entry **at = &l->entries;

	while (*at != NULL && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

void object_lock(struct locks *l, const char *id)
{
	struct entry *e;

	assert(top == NULL || may_follow(top->id, id));
	pthread_mutex_lock(&l->mutex);
	e = *find(l, id);
	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		e->id = xstrdup(id);
		e->next = l->entries;
		l->entries = e;
	}
	e->users++;
	while (e->held)
		pthread_cond_wait(&l->released, &l->mutex);
	e->held = true;
	push(e);
	pthread_mutex_unlock(&l->mutex);
}

void object_unlock(struct locks *l, const char *id)
{
	struct entry **at, *e;

	pthread_mutex_lock(&l->mutex);
	at = find(l, id);
	e = *at;
	assert(e != NULL && e->held);
	take_out(e);
	e->held = false;
	if (--e->users == 0) {
		*at = e->next;
		free(e->id);
		free(e);
	} else {
		pthread_cond_broadcast(&l->released);
	}
	pthread_mutex_unlock(&l->mutex);
}
