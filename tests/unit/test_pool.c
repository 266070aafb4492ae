#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kleened/pool.h"

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
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
