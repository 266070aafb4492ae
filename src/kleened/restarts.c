#include "kleened/restarts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "kleened/daemon.h"
#include "kleened/start.h"

#define NO_WORKER_DELAY 1000 /* ms until a start is tried again for which there was no thread */

/* What is known of a container whose own command this daemon has started or is to start. */
struct entry {
	struct entry *next;
	char id[ID_LEN + 1];
	unsigned int delay; /* ms waited before the last one */
	long long started; /* when its command was; 0: before this daemon */
	long long due; /* 0: nothing is planned */
	bool starting; /* a worker has it */
};

struct restarts {
	struct daemon *daemon;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	pthread_t thread;
	struct entry *entries;
	bool begun, stopping;
};

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the table; the caller holds the mutex ---- */

static struct entry *find(struct restarts *r, const char *id)
{
	struct entry *e = r->entries;

	while (e != NULL && strcmp(e->id, id) != 0)
		e = e->next;
	return e;
}

static struct entry *find_or_add(struct restarts *r, const char *id)
{
	struct entry *e = find(r, id);

	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		memcpy(e->id, id, ID_LEN);
		e->next = r->entries;
		r->entries = e;
	}
	return e;
}

static struct entry *next_due(struct restarts *r)
{
	struct entry *first = NULL;

	for (struct entry *e = r->entries; e != NULL; e = e->next)
		if (e->due != 0 && (first == NULL || e->due < first->due))
			first = e;
	return first;
}

/* ---- the thread ---- */

struct job {
	struct restarts *restarts;
	char id[ID_LEN + 1];
};

static void set_starting(struct restarts *r, const char *id, bool starting)
{
	struct entry *e;

	pthread_mutex_lock(&r->mutex);
	e = find(r, id);
	if (e != NULL)
		e->starting = starting;
	pthread_mutex_unlock(&r->mutex);
}

static void start(void *arg)
{
	AUTO_FREE struct job *job = arg;

	start_again(job->restarts->daemon, job->id);
	set_starting(job->restarts, job->id, false);
}

/* Hands a container that is due to a worker. The mutex is held, but not meanwhile. */
static void hand_over(struct restarts *r, struct entry *e)
{
	struct job *job = xcalloc(1, sizeof(*job));
	bool taken;

	job->restarts = r;
	memcpy(job->id, e->id, sizeof(job->id));
	e->due = 0;
	e->starting = true;
	pthread_mutex_unlock(&r->mutex);
	taken = pool_run(r->daemon->pool, start, job) == 0;
	pthread_mutex_lock(&r->mutex);
	if (taken)
		return;
	e = find(r, job->id);
	if (e != NULL && e->due == 0)
		e->due = now() + NO_WORKER_DELAY;
	if (e != NULL)
		e->starting = false;
	free(job);
}

static void *wait_for_due(void *arg)
{
	struct restarts *r = arg;

	pthread_mutex_lock(&r->mutex);
	while (!r->stopping) {
		struct entry *e = r->begun ? next_due(r) : NULL;
		struct timespec until;

		if (e == NULL) {
			pthread_cond_wait(&r->changed, &r->mutex);
		} else if (e->due > now()) {
			until = (struct timespec){.tv_sec = (time_t)(e->due / 1000),
				.tv_nsec = (long)(e->due % 1000) * 1000000};
			pthread_cond_timedwait(&r->changed, &r->mutex, &until);
		} else {
			hand_over(r, e);
		}
	}
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}

struct restarts *restarts_new(struct daemon *d)
{
	struct restarts *r = xcalloc(1, sizeof(*r));
	pthread_condattr_t attributes;

	r->daemon = d;
	pthread_mutex_init(&r->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&r->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&r->thread, NULL, wait_for_due, r) != 0)
		abort();
	return r;
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
	if (r == NULL)
		return;
	while (r->entries != NULL) {
		struct entry *e = r->entries;

		r->entries = e->next;
		free(e);
	}
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
	e->started = now();
	pthread_mutex_unlock(&r->mutex);
	return c->wanted ? 0 : store_container_wanted(r->daemon->store, c->id, true, err);
}

void restarts_cancel(struct restarts *r, const char *id)
{
	struct entry *e;

	pthread_mutex_lock(&r->mutex);
	e = find(r, id);
	if (e != NULL)
		e->due = 0;
	pthread_mutex_unlock(&r->mutex);
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
		e->delay = restart_delay(e->delay, now() - e->started);
		e->due = now() + e->delay;
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
	for (struct entry **at = &r->entries; *at != NULL; at = &(*at)->next) {
		struct entry *e = *at;

		if (strcmp(e->id, id) != 0)
			continue;
		*at = e->next;
		free(e);
		break;
	}
	pthread_mutex_unlock(&r->mutex);
}
