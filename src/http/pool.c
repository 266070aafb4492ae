/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/mem.h"

#define STACK_SIZE ((size_t)512 * 1024)
#define IDLE_TIME  10000 /* ms */

struct job {
	struct job *next;
	void (*fn)(void *arg);
	void *arg;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work; /* a job was queued, or the pool is ending */
	pthread_cond_t ended; /* the last thread is about to end */
	pthread_attr_t attr;
	struct job *first, **last;
	unsigned int limit;
	unsigned int jobs; /* queued and under way; more than there are threads only in a queue */
	unsigned int threads;
	pthread_t gone; /* the thread that ended last; the next one to end joins it */
	bool any_gone;
	bool queues;
	bool ending;
};

struct pool *pool_new(unsigned int limit)
{
	struct pool *p = xcalloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	condition_init(&p->work);
	pthread_cond_init(&p->ended, NULL);
	pthread_attr_init(&p->attr);
	pthread_attr_setstacksize(&p->attr, STACK_SIZE);
	p->last = &p->first;
	p->limit = limit;
	return p;
}

/* Waits for a job; NULL when the thread shall end. */
static struct job *next_job(struct pool *p)
{
	int64_t until = now_ms() + IDLE_TIME;
	struct job *job;
	int rc = 0;

	/* the last thread of a queue stays, for there might be no other when it is needed */
	while (!p->first && !p->ending && (rc != ETIMEDOUT || (p->queues && p->threads == 1)))
		rc = rc == ETIMEDOUT ? pthread_cond_wait(&p->work, &p->lock)
				     : condition_wait(&p->work, &p->lock, until);
	job = p->first;
	if (job) {
		p->first = job->next;
		if (!p->first)
			p->last = &p->first;
	}
	return job;
}

/* Leaves this thread to be joined by the next one that ends, and joins the one before it. */
static void leave(struct pool *p)
{
	pthread_t before = p->gone;
	bool join = p->any_gone;

	p->gone = pthread_self();
	p->any_gone = true;
	if (--p->threads == 0)
		pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	if (join)
		pthread_join(before, NULL);
}

static void *worker(void *arg)
{
	struct pool *p = arg;
	struct job *job;

	pthread_mutex_lock(&p->lock);
	while ((job = next_job(p))) {
		pthread_mutex_unlock(&p->lock);
		job->fn(job->arg);
		free(job);
		pthread_mutex_lock(&p->lock);
		p->jobs--;
	}
	leave(p);
	return NULL;
}

static int add_thread(struct pool *p)
{
	pthread_t thread;
	int rc = pthread_create(&thread, &p->attr, worker, p);

	if (rc == 0)
		p->threads++;
	return rc;
}

/* Makes sure that a thread will take one more job, in a queue at least some time. */
static bool thread_for_job(struct pool *p)
{
	if (p->jobs < p->threads || (p->threads < p->limit && add_thread(p) == 0))
		return true;
	return p->queues;
}

struct pool *pool_new_queue(unsigned int limit, struct error *err)
{
	struct pool *p = pool_new(limit);
	int rc;

	p->queues = true;
	pthread_mutex_lock(&p->lock);
	rc = add_thread(p);
	pthread_mutex_unlock(&p->lock);
	if (rc == 0)
		return p;
	error_errno(err, rc, "cannot make a thread");
	pool_free(p);
	return NULL;
}

int pool_run(struct pool *p, void (*fn)(void *arg), void *arg)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->fn = fn;
	job->arg = arg;
	pthread_mutex_lock(&p->lock);
	if (p->ending || !thread_for_job(p)) {
		pthread_mutex_unlock(&p->lock);
		free(job);
		return -1;
	}
	*p->last = job;
	p->last = &job->next;
	p->jobs++;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_broadcast(&p->work);
	while (p->threads)
		pthread_cond_wait(&p->ended, &p->lock);
	pthread_mutex_unlock(&p->lock);
	if (p->any_gone)
		pthread_join(p->gone, NULL);
	pthread_attr_destroy(&p->attr);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->ended);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
