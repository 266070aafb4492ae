/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/restarts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/id_table.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"

#define NO_WORKER_DELAY 1000 /* ms until a start is tried again for which there was no thread */
#define STARTING_MAX	8 /* starts at once; at the daemon's start there may be very many */

/* What is known of a container whose own command this daemon has started or is to start. */
struct entry {
	char id[ID_LEN + 1];
	unsigned int delay; /* ms waited before the last one */
	int64_t started; /* when its command was; 0: before this daemon */
	int64_t due; /* 0: nothing is planned */
	bool with_daemon; /* what is planned is the start that belongs to the daemon's */
	bool starting; /* a worker has it */
	bool cancelled; /* since that worker has had it */
};

struct restarts {
	struct daemon *daemon;
	restart_fn start;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	pthread_t thread;
	struct id_table entries;
	unsigned int starting; /* entries that a worker has */
	bool begun, stopping;
};

/* ---- the table; the caller holds the mutex ---- */

static struct entry *find(struct restarts *r, const char *id)
{
	return id_table_get(&r->entries, id);
}

static struct entry *find_or_add(struct restarts *r, const char *id)
{
	struct entry *e = find(r, id);

	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		memcpy(e->id, id, ID_LEN);
		id_table_put(&r->entries, id, e);
	}
	return e;
}

static struct entry *next_due(struct restarts *r)
{
	struct id_cursor at = {0};
	struct entry *first = NULL, *e;

	while ((e = id_table_next(&r->entries, &at)) != NULL)
		if (e->due != 0 && (first == NULL || e->due < first->due))
			first = e;
	return first;
}

/* ---- the thread ---- */

struct job {
	struct restarts *restarts;
	char id[ID_LEN + 1];
	bool with_daemon;
};

/* The worker is through with it, or there was none. The mutex is held. */
static void give_back(struct restarts *r, const char *id)
{
	struct entry *e = find(r, id);

	if (e != NULL)
		e->starting = false;
	r->starting--;
	pthread_cond_broadcast(&r->changed);
}

static void start(void *arg)
{
	AUTO_FREE struct job *job = arg;
	struct restarts *r = job->restarts;

	if (!r->daemon->stopping)
		r->start(r->daemon, job->id, job->with_daemon);
	pthread_mutex_lock(&r->mutex);
	give_back(r, job->id);
	pthread_mutex_unlock(&r->mutex);
}

/* Hands a container that is due to a worker. The mutex is held, but not meanwhile. */
static void hand_over(struct restarts *r, struct entry *e)
{
	struct job *job = xcalloc(1, sizeof(*job));
	bool taken;

	*job = (struct job){.restarts = r, .with_daemon = e->with_daemon};
	memcpy(job->id, e->id, sizeof(job->id));
	e->due = 0;
	e->with_daemon = e->cancelled = false;
	e->starting = true;
	r->starting++;
	pthread_mutex_unlock(&r->mutex);
	taken = pool_run(r->daemon->housework, start, job) == 0;
	pthread_mutex_lock(&r->mutex);
	if (taken)
		return;
	e = find(r, job->id);
	if (e != NULL && e->due == 0 && !e->cancelled) {
		e->due = now_ms() + NO_WORKER_DELAY;
		e->with_daemon = job->with_daemon;
	}
	give_back(r, job->id);
	free(job);
}

static void *wait_for_due(void *arg)
{
	struct restarts *r = arg;

	pthread_mutex_lock(&r->mutex);
	while (!r->stopping) {
		struct entry *e = r->begun && r->starting < STARTING_MAX ? next_due(r) : NULL;

		if (e == NULL) {
			pthread_cond_wait(&r->changed, &r->mutex);
		} else if (e->due > now_ms()) {
			condition_wait(&r->changed, &r->mutex, e->due);
		} else {
			hand_over(r, e);
		}
	}
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}

struct restarts *restarts_new(struct daemon *d, restart_fn start_planned, struct error *err)
{
	struct restarts *r = xcalloc(1, sizeof(*r));
	int rc;

	r->daemon = d;
	r->start = start_planned;
	pthread_mutex_init(&r->mutex, NULL);
	condition_init(&r->changed);
	rc = pthread_create(&r->thread, NULL, wait_for_due, r);
	if (rc == 0)
		return r;
	error_errno(err, rc, "cannot make the thread that restarts containers");
	restarts_free(r);
	return NULL;
}

void restarts_begin(struct restarts *r)
{
	pthread_mutex_lock(&r->mutex);
	r->begun = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

void restarts_end(struct restarts *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	r->stopping = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
	pthread_join(r->thread, NULL);
}

void restarts_free(struct restarts *r)
{
	struct id_cursor at = {0};
	struct entry *e;

	if (r == NULL)
		return;
	while ((e = id_table_next(&r->entries, &at)) != NULL)
		free(e);
	id_table_free(&r->entries);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->mutex);
	free(r);
}

/* ---- what happens to containers ---- */

static bool is_planned(struct restarts *r, const char *id)
{
	const struct entry *e;
	bool planned;

	pthread_mutex_lock(&r->mutex);
	e = find(r, id);
	planned = e != NULL && (e->due != 0 || e->starting);
	pthread_mutex_unlock(&r->mutex);
	return planned;
}

bool restarts_expected(struct restarts *r, const struct container *c)
{
	struct restart_policy policy;
	struct restart_state state;
	struct error err;

	/* the latter: it has just ended, and that is not planned yet */
	return is_planned(r, c->id) ||
	       (restarts_look(c, &policy, &state, &err) == 0 && restart_after_end(&policy, &state));
}

int restarts_look(const struct container *c, struct restart_policy *policy,
	struct restart_state *state, struct error *err)
{
	*state = (struct restart_state){
		.wanted = c->wanted, .exit_code = c->exit.code, .count = c->restarts};
	return restart_policy_parse(
		json_string_value(json_object_get(c->config, "restart_policy")), policy, err);
}

static int set_count(
	struct restarts *r, const struct container *c, unsigned int count, struct error *err)
{
	return c->restarts == count ? 0
				    : store_container_restarts(r->daemon->store, c->id, count, err);
}

int restarts_starting(
	struct restarts *r, const struct container *c, bool by_hand, struct error *err)
{
	struct restart_policy policy;
	struct restart_state state;
	struct entry *e;

	if (restarts_look(c, &policy, &state, err) != 0 ||
		(by_hand && set_count(r, c, 0, err) != 0))
		return -1;
	if (policy.kind == RESTART_NO || policy.kind == RESTART_ON_STARTUP)
		return 0;
	if (!by_hand && set_count(r, c, c->restarts + 1, err) != 0)
		return -1;
	pthread_mutex_lock(&r->mutex);
	e = find_or_add(r, c->id);
	if (by_hand)
		e->delay = 0;
	e->due = 0;
	e->started = now_ms();
	pthread_mutex_unlock(&r->mutex);
	return c->wanted ? 0 : store_container_wanted(r->daemon->store, c->id, true, err);
}

void restarts_cancel(struct restarts *r, const char *id)
{
	struct entry *e;

	pthread_mutex_lock(&r->mutex);
	e = find(r, id);
	if (e != NULL) {
		e->due = 0;
		e->with_daemon = false;
		e->cancelled = true;
	}
	pthread_mutex_unlock(&r->mutex);
}

void restarts_with_daemon(struct restarts *r, const char *id)
{
	struct entry *e;

	pthread_mutex_lock(&r->mutex);
	e = find_or_add(r, id);
	e->due = now_ms();
	e->with_daemon = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

bool restarts_cancelled(struct restarts *r, const char *id)
{
	const struct entry *e;
	bool cancelled;

	pthread_mutex_lock(&r->mutex);
	e = find(r, id);
	cancelled = e == NULL || e->cancelled; /* or the container has been removed */
	pthread_mutex_unlock(&r->mutex);
	return cancelled;
}

void restarts_stop(struct restarts *r, const char *id)
{
	struct error err;

	if (store_container_wanted(r->daemon->store, id, false, &err) != 0)
		log_error("container %s: %s", id, err.message);
	restarts_cancel(r, id);
}

void restarts_visited(struct restarts *r, const struct container *c)
{
	if (c->wanted && !restarts_expected(r, c))
		restarts_stop(r, c->id);
}

void restarts_ended(struct restarts *r, const struct container *c)
{
	struct restart_policy policy;
	struct restart_state state;
	struct error err;
	struct entry *e;

	if (restarts_look(c, &policy, &state, &err) != 0 || !restart_after_end(&policy, &state))
		return;
	pthread_mutex_lock(&r->mutex);
	e = find_or_add(r, c->id);
	if (e->due == 0) {
		e->delay = restart_delay(e->delay, now_ms() - e->started);
		e->due = now_ms() + e->delay;
		log_info("container %s will be started again in %u ms, for the %u. time", c->id,
			e->delay, c->restarts + 1);
		pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->mutex);
}

void restarts_failed(struct restarts *r, struct container *c, unsigned int before)
{
	struct error err;

	if (set_count(r, c, before + 1, &err) != 0)
		log_error("container %s: %s", c->id, err.message);
	c->restarts = before + 1;
	restarts_ended(r, c);
}

void restarts_forget(struct restarts *r, const char *id)
{
	pthread_mutex_lock(&r->mutex);
	free(id_table_take(&r->entries, id));
	pthread_mutex_unlock(&r->mutex);
}
