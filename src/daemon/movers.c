/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/movers.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/mem.h"
#include "host/poller.h"

#define EVENTS	64
#define TICK_MS 100

struct movers {
	pthread_t thread;
	struct poller *poller;
	char scratch[MOVER_SCRATCH]; /* the thread's, like what ticks */
	struct mover *ticking;
	int64_t next_tick; /* ms */

	pthread_mutex_t lock; /* for all below, and for due, next and is_over of each mover */
	struct mover *first, **last; /* whose step is due */
	bool woken, ending;
};

void mover_wake(struct mover *m)
{
	struct movers *ms = m->movers;
	bool needed = false;

	pthread_mutex_lock(&ms->lock);
	if (!m->due) {
		m->due = true;
		m->next = NULL;
		*ms->last = m;
		ms->last = &m->next;
		needed = !ms->woken;
		ms->woken = true;
	}
	pthread_mutex_unlock(&ms->lock);
	if (needed)
		poller_wake(ms->poller);
}

int mover_wait(struct mover *m, unsigned int slot, int fd, bool output, struct error *err)
{
	struct mover_slot *s = &m->slots[slot];
	struct poller *poller = m->movers->poller;
	int rc;

	if (s->fd == fd + 1 && s->output == output)
		return 0;
	if (s->fd != 0)
		poller_drop(poller, s->fd - 1);
	*s = (struct mover_slot){m, 0, output};
	if (fd < 0)
		return 0;
	rc = output ? poller_add_output(poller, fd, s, err) : poller_add(poller, fd, s, err);
	if (rc == 0)
		s->fd = fd + 1;
	return rc;
}

void mover_tick(struct mover *m, bool on)
{
	struct movers *ms = m->movers;

	if (m->ticks == on)
		return;
	m->ticks = on;
	if (on) {
		m->before = NULL;
		m->after = ms->ticking;
		if (m->after != NULL)
			m->after->before = m;
		ms->ticking = m;
		return;
	}
	if (m->after != NULL)
		m->after->before = m->before;
	if (m->before != NULL)
		m->before->after = m->after;
	else
		ms->ticking = m->after;
}

void *mover_scratch(struct mover *m)
{
	return m->movers->scratch;
}

/* ms until the next tick; -1: nothing ticks. */
static int until_tick(const struct movers *ms)
{
	int64_t left = ms->next_tick - now_ms();

	if (ms->ticking == NULL)
		return -1;
	return left < 0 ? 0 : left > TICK_MS ? TICK_MS : (int)left;
}

static void tick(struct movers *ms)
{
	int64_t time = now_ms();

	if (ms->ticking == NULL || time < ms->next_tick)
		return;
	ms->next_tick = time + TICK_MS;
	for (struct mover *m = ms->ticking; m != NULL; m = m->after)
		mover_wake(m);
}

static void wait_events(struct movers *ms)
{
	void *owners[EVENTS];
	bool due;
	int n;

	pthread_mutex_lock(&ms->lock);
	due = ms->first != NULL || ms->ending;
	pthread_mutex_unlock(&ms->lock);
	n = poller_wait(ms->poller, owners, EVENTS, due ? 0 : until_tick(ms));
	for (int i = 0; i < n; i++) {
		struct mover_slot *slot = owners[i];

		slot->mover->ready |= 1U << (slot - slot->mover->slots);
		mover_wake(slot->mover);
	}
	tick(ms);
}

/* The mover's last step is behind it; one that is due once more goes when its turn comes. */
static void finish(struct mover *m)
{
	struct movers *ms = m->movers;
	bool due;

	for (unsigned int i = 0; i < MOVER_SLOTS; i++)
		mover_wait(m, i, -1, false, NULL);
	mover_tick(m, false);
	pthread_mutex_lock(&ms->lock);
	m->is_over = true;
	due = m->due;
	pthread_mutex_unlock(&ms->lock);
	if (!due)
		m->kind->over(m);
}

/* Takes the steps that are due now; what comes due meanwhile is for the next time. */
static void take_steps(struct movers *ms)
{
	struct mover *m, *next;
	unsigned int ready;

	pthread_mutex_lock(&ms->lock);
	m = ms->first;
	ms->first = NULL;
	ms->last = &ms->first;
	ms->woken = false;
	pthread_mutex_unlock(&ms->lock);
	for (; m != NULL; m = next) {
		pthread_mutex_lock(&ms->lock);
		next = m->next;
		m->due = false;
		pthread_mutex_unlock(&ms->lock);
		ready = m->ready;
		m->ready = 0;
		if (m->is_over)
			m->kind->over(m);
		else if (!m->kind->step(m, ready))
			finish(m);
	}
}

static void *run(void *arg)
{
	struct movers *ms = arg;
	bool ending = false;

	while (!ending) {
		wait_events(ms);
		take_steps(ms);
		pthread_mutex_lock(&ms->lock);
		ending = ms->ending && ms->first == NULL;
		pthread_mutex_unlock(&ms->lock);
	}
	return NULL;
}

struct movers *movers_new(struct error *err)
{
	struct movers *ms = xcalloc(1, sizeof(*ms));
	int rc;

	ms->last = &ms->first;
	pthread_mutex_init(&ms->lock, NULL);
	ms->poller = poller_new(err);
	if (ms->poller != NULL) {
		rc = pthread_create(&ms->thread, NULL, run, ms);
		if (rc == 0)
			return ms;
		error_errno(err, rc, "cannot make a thread");
	}
	poller_free(ms->poller);
	pthread_mutex_destroy(&ms->lock);
	free(ms);
	return NULL;
}

void movers_free(struct movers *ms)
{
	if (ms == NULL)
		return;
	pthread_mutex_lock(&ms->lock);
	ms->ending = true;
	pthread_mutex_unlock(&ms->lock);
	poller_wake(ms->poller);
	pthread_join(ms->thread, NULL);
	poller_free(ms->poller);
	pthread_mutex_destroy(&ms->lock);
	free(ms);
}

void mover_init(struct movers *ms, struct mover *m, const struct mover_kind *kind)
{
	m->kind = kind;
	m->movers = ms;
}
