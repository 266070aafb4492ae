/* Locks on objects: one holder of an id, any number of ids. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "kleened/locks.h"

#define THREADS 8
#define ROUNDS	2000

struct shared {
	struct locks *locks;
	const char *id;
	int inside; /* not atomic: only the lock guards it */
	int overlaps;
	long rounds;
};

static void *contend(void *arg)
{
	struct shared *s = arg;

	for (int i = 0; i < ROUNDS; i++) {
		AUTO(held_release) struct held h = hold(s->locks, s->id);

		s->overlaps += s->inside++ != 0;
		s->rounds++;
		s->inside--;
	}
	return NULL;
}

static void test_one_holder(void **state)
{
	struct shared s = {.locks = locks_new(), .id = "0123456789ab"};
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, contend, &s), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(s.overlaps, 0);
	assert_int_equal(s.rounds, THREADS * ROUNDS);
	locks_free(s.locks);
}

static void *take_and_release(void *arg)
{
	object_lock(arg, "b");
	object_unlock(arg, "b");
	return NULL;
}

static void test_different_objects(void **state)
{
	struct locks *l = locks_new();
	pthread_t thread;

	object_lock(l, "a");
	assert_int_equal(pthread_create(&thread, NULL, take_and_release, l), 0);
	pthread_join(thread, NULL); /* would hang if "a" stood in its way */
	object_unlock(l, "a");
	locks_free(l);
}

static void test_released_early(void **state)
{
	struct locks *l = locks_new();
	struct held h = hold(l, "a");

	held_release(&h);
	held_release(&h); /* the scope's end must not release another holder's lock */
	h = hold(l, "a");
	held_release(&h);
	locks_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_holder),
		cmocka_unit_test(test_different_objects),
		cmocka_unit_test(test_released_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
