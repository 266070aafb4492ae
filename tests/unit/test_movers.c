/* SPDX-License-Identifier: BSD-2-Clause */
/* Movers over pipes: steps when a descriptor is ready, when woken, at ticks, and their ends. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "daemon/movers.h"

#define MANY 2000

/* Counts the bytes that come through a pipe until its end. */
struct counter {
	struct mover mover; /* first */
	int in, out;
	atomic_uint bytes, steps;
	atomic_bool stop, ticks;
	atomic_uint *over;
	pthread_mutex_t *lock;
	pthread_cond_t *changed;
};

static bool step(struct mover *m, unsigned int ready)
{
	struct counter *c = (struct counter *)m;
	char *bytes = mover_scratch(m);
	struct error err;
	ssize_t n;

	if (ready & 1) {
		n = read(c->in, bytes, MOVER_SCRATCH);
		if (n == 0)
			return false;
		c->bytes += (unsigned int)n;
	}
	mover_tick(m, c->ticks);
	assert_int_equal(mover_wait(m, 0, c->in, false, &err), 0);
	pthread_mutex_lock(c->lock);
	c->steps++;
	pthread_cond_signal(c->changed);
	pthread_mutex_unlock(c->lock);
	return !c->stop;
}

static void over(struct mover *m)
{
	struct counter *c = (struct counter *)m;

	pthread_mutex_lock(c->lock);
	++*c->over;
	pthread_cond_signal(c->changed);
	pthread_mutex_unlock(c->lock);
}

static const struct mover_kind kind = {step, over};

struct world {
	struct movers *movers;
	struct counter *counters;
	atomic_uint over;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static void begin(struct world *w, size_t n)
{
	struct error err;

	*w = (struct world){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	w->movers = movers_new(&err);
	assert_non_null(w->movers);
	w->counters = xcalloc(n, sizeof(*w->counters));
	for (size_t i = 0; i < n; i++) {
		struct counter *c = &w->counters[i];
		int fds[2];

		assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
		c->in = fds[0];
		c->out = fds[1];
		c->over = &w->over;
		c->lock = &w->lock;
		c->changed = &w->changed;
		mover_init(w->movers, &c->mover, &kind);
		mover_wake(&c->mover);
	}
}

static void wait_over(struct world *w, size_t n)
{
	pthread_mutex_lock(&w->lock);
	while (w->over < n)
		pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

static void end(struct world *w, size_t n)
{
	wait_over(w, n);
	movers_free(w->movers);
	for (size_t i = 0; i < n; i++) {
		close(w->counters[i].in);
		close_fd(&w->counters[i].out);
	}
	free(w->counters);
}

static void wait_steps(struct world *w, const struct counter *c, unsigned int n)
{
	pthread_mutex_lock(&w->lock);
	while (c->steps < n)
		pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

static void test_many(void **state)
{
	const size_t n = MANY;
	struct world w;

	begin(&w, n);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < n; i++)
			assert_int_equal(write(w.counters[i].out, "abc", 3), 3);
	for (size_t i = 0; i < n; i++)
		close_fd(&w.counters[i].out);
	wait_over(&w, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(w.counters[i].bytes, 9);
	end(&w, n);
}

static void test_bytes(void **state)
{
	struct world w;
	struct counter *c;

	begin(&w, 1);
	c = w.counters;
	wait_steps(&w, c, 1);
	assert_int_equal(write(c->out, "abc", 3), 3);
	wait_steps(&w, c, 2);
	assert_int_equal(c->bytes, 3);
	assert_int_equal(c->steps, 2); /* it is not woken for what it has read */
	close_fd(&c->out);
	end(&w, 1);
}

static void test_ticks(void **state)
{
	struct world w;
	struct counter *c;

	begin(&w, 2);
	c = &w.counters[1];
	c->ticks = true;
	mover_wake(&c->mover);
	wait_steps(&w, c, 6);
	c->ticks = false;
	c->stop = true;
	w.counters[0].stop = true;
	mover_wake(&w.counters[0].mover);
	end(&w, 2);
}

static void *wake_often(void *arg)
{
	struct world *w = arg;

	for (int i = 0; i < 20000; i++)
		mover_wake(&w->counters[i % 8].mover);
	return NULL;
}

/* Woken by many while they end: each is over once. */
static void test_woken_at_the_end(void **state)
{
	struct world w;
	pthread_t threads[4];

	begin(&w, 8);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, wake_often, &w);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 8; i++) {
		w.counters[i].stop = true;
		mover_wake(&w.counters[i].mover);
	}
	end(&w, 8);
	assert_int_equal(w.over, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_woken_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
