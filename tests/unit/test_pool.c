/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/pool.h"

/* A gate at which jobs wait until it is opened. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int inside;
	bool open;
	atomic_uint finished;
};

#define GATE                                                                                       \
	{                                                                                          \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false, 0                   \
	}

static void pass(void *arg)
{
	struct gate *g = arg;

	pthread_mutex_lock(&g->lock);
	g->inside++;
	pthread_cond_broadcast(&g->changed);
	while (!g->open)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
	g->finished++;
}

static void wait_inside(struct gate *g, unsigned int n)
{
	pthread_mutex_lock(&g->lock);
	while (g->inside < n)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void open_gate(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->open = true;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

static void test_side_by_side(void **state)
{
	struct gate g = GATE;
	struct pool *p = pool_new(8);

	for (int i = 0; i < 8; i++)
		assert_int_equal(pool_run(p, pass, &g), 0);
	wait_inside(&g, 8); /* would hang if one waited for another */
	assert_int_equal(pool_run(p, pass, &g), -1);
	open_gate(&g);
	pool_free(p);
	assert_int_equal(g.finished, 8);
}

static void count(void *arg)
{
	(*(atomic_uint *)arg)++;
}

static void test_many(void **state)
{
	atomic_uint n = 0;
	unsigned int taken = 0;
	struct pool *p = pool_new(4);

	while (taken < 10000)
		if (pool_run(p, count, &n) == 0)
			taken++;
	pool_free(p);
	assert_int_equal(n, 10000);
}

/* A queue refuses nothing, keeps to its limit, and has done all when it is freed. */
static void test_queue(void **state)
{
	struct gate g = GATE;
	struct error err;
	struct pool *p = pool_new_queue(2, &err);

	assert_non_null(p);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(pool_run(p, pass, &g), 0);
	wait_inside(&g, 2);
	assert_int_equal(g.inside, 2);
	open_gate(&g);
	pool_free(p);
	assert_int_equal(g.finished, 1000);
}

static bool no_threads;

int __real_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __wrap_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

int __wrap_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	return no_threads ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

/* Where the system gives no more threads, a queue goes on with what it has, and others refuse. */
static void test_no_more_threads(void **state)
{
	struct gate g = GATE;
	struct error err = {0};
	struct pool *queue = pool_new_queue(8, &err), *p = pool_new(8);

	no_threads = true;
	for (int i = 0; i < 100; i++)
		assert_int_equal(pool_run(queue, pass, &g), 0);
	assert_int_equal(pool_run(p, pass, &g), -1);
	assert_null(pool_new_queue(8, &err));
	assert_int_equal(err.code, EAGAIN);
	open_gate(&g);
	pool_free(queue);
	pool_free(p);
	no_threads = false;
	assert_int_equal(g.finished, 100);
}

static void test_empty(void **state)
{
	pool_free(pool_new(1));
	pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_side_by_side),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_no_more_threads),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
