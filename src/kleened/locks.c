#include "kleened/locks.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct entry {
	struct entry *next;
	char *id;
	unsigned int users; /* the holder and those who wait */
	bool held;
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
	pthread_mutex_unlock(&l->mutex);
}

void object_unlock(struct locks *l, const char *id)
{
	struct entry **at, *e;

	pthread_mutex_lock(&l->mutex);
	at = find(l, id);
	e = *at;
	assert(e != NULL && e->held);
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
