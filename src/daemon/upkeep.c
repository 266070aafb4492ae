/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/upkeep.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"

#define FIRST_DELAY   1000 /* ms until a removal is tried again, doubled each time */
#define LONGEST_DELAY 60000
#define WRITE_BACK    60000 /* ms between two times that the store's log is written back */

struct rest {
	struct rest *next;
	enum removable kind;
	char *id;
	int64_t due; /* ms */
	int64_t delay; /* ms */
};

struct upkeep {
	struct daemon *daemon;
	const struct upkeep_work *work;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool ending;
	struct rest *rests; /* in no order; one that is being tried is not among them */
	struct rest *unstarted; /* containers to be looked at when they are due */
};

/* ---- removals ---- */

static struct rest *rest_new(enum removable kind, const char *id)
{
	struct rest *r = xcalloc(1, sizeof(*r));

	r->kind = kind;
	r->id = xstrdup(id);
	return r;
}

/* Takes over r, for a list of u's. */
static void put(struct upkeep *u, struct rest **list, struct rest *r)
{
	r->due = now_ms() + r->delay;
	pthread_mutex_lock(&u->mutex);
	r->next = *list;
	*list = r;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->mutex);
}

/* Takes over r, to be tried again. */
static void put_rest(struct upkeep *u, struct rest *r)
{
	r->delay = r->delay == 0 ? FIRST_DELAY : 2 * r->delay;
	if (r->delay > LONGEST_DELAY)
		r->delay = LONGEST_DELAY;
	put(u, &u->rests, r);
}

static void rest_free(struct rest *r)
{
	free(r->id);
	free(r);
}

static void list_free(struct rest *r)
{
	while (r != NULL) {
		struct rest *next = r->next;

		rest_free(r);
		r = next;
	}
}

int remove_rest(struct daemon *d, enum removable kind, const char *id, struct error *err)
{
	const struct removal_kind *k = &d->upkeep->work->kinds[kind];

	if (k->finish(d, id, err) == 0) {
		log_info("%s %s has been removed", k->name, id);
		return 0;
	}
	log_error("%s %s is not removed yet: %s", k->name, id, err->message);
	put_rest(d->upkeep, rest_new(kind, id));
	return error_prefix(err, "%s %s goes on being removed", k->name, id);
}

/* Tries once more. What stays the same is not said again. */
static void try_again(struct upkeep *u, struct rest *r)
{
	const struct removal_kind *kind = &u->work->kinds[r->kind];
	AUTO_FREE char *lock = xasprintf("%s%s", kind->lock ? kind->lock : "", r->id);
	AUTO(held_release) struct held held = {0};
	struct error err;

	if (kind->lock != NULL)
		held = hold(u->daemon->locks, lock);
	if (kind->finish(u->daemon, r->id, &err) != 0) {
		log_debug("%s %s is not removed yet: %s", kind->name, r->id, err.message);
		put_rest(u, r);
		return;
	}
	log_notice("%s %s has been removed at last", kind->name, r->id);
	rest_free(r);
}

void remove_unless_started(struct daemon *d, const char *id, int64_t seconds)
{
	struct rest *r = rest_new(REMOVE_CONTAINER, id);

	r->delay = seconds * 1000;
	put(d->upkeep, &d->upkeep->unstarted, r);
}

/* Takes out one that is due; NULL, and *next at most when the first will be. Locked. */
static struct rest *take_due(struct rest **list, int64_t *next)
{
	for (struct rest **at = list; *at != NULL; at = &(*at)->next) {
		struct rest *r = *at;

		if (r->due <= now_ms()) {
			*at = r->next;
			return r;
		}
		if (r->due < *next)
			*next = r->due;
	}
	return NULL;
}

/* ---- the thread ---- */

/* A disk that goes on failing is told of once. */
static void write_back(struct upkeep *u, bool *failed)
{
	struct error err;
	bool fails = store_checkpoint(u->daemon->store, &err) != 0;

	if (fails && !*failed)
		log_error("%s", err.message);
	*failed = fails;
}

static void *run(void *arg)
{
	struct upkeep *u = arg;
	int64_t write_back_due = now_ms() + WRITE_BACK;
	bool failed = false;

	pthread_mutex_lock(&u->mutex);
	while (!u->ending) {
		int64_t next = write_back_due;
		struct rest *r = take_due(&u->rests, &next);
		struct rest *unstarted = r == NULL ? take_due(&u->unstarted, &next) : NULL;

		if (r == NULL && unstarted == NULL && now_ms() < write_back_due) {
			condition_wait(&u->changed, &u->mutex, next);
			continue;
		}
		pthread_mutex_unlock(&u->mutex);
		if (r != NULL) {
			try_again(u, r);
			u->work->removed(u->daemon);
		} else if (unstarted != NULL) {
			u->work->not_started(u->daemon, unstarted->id);
			rest_free(unstarted);
		} else {
			write_back(u, &failed);
			write_back_due = now_ms() + WRITE_BACK;
		}
		pthread_mutex_lock(&u->mutex);
	}
	pthread_mutex_unlock(&u->mutex);
	return NULL;
}

struct upkeep *upkeep_new(struct daemon *d, const struct upkeep_work *work, struct error *err)
{
	struct upkeep *u = xcalloc(1, sizeof(*u));
	int errnum;

	u->daemon = d;
	u->work = work;
	pthread_mutex_init(&u->mutex, NULL);
	condition_init(&u->changed);
	errnum = pthread_create(&u->thread, NULL, run, u);
	if (errnum == 0)
		return u;
	error_errno(err, errnum, "cannot make a thread");
	pthread_cond_destroy(&u->changed);
	pthread_mutex_destroy(&u->mutex);
	free(u);
	return NULL;
}

void upkeep_free(struct upkeep *u)
{
	if (u == NULL)
		return;
	pthread_mutex_lock(&u->mutex);
	u->ending = true;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->mutex);
	pthread_join(u->thread, NULL);
	list_free(u->rests);
	list_free(u->unstarted);
	pthread_cond_destroy(&u->changed);
	pthread_mutex_destroy(&u->mutex);
	free(u);
}
