/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks on objects: one holder of an id, any number of ids; the order in which they are taken. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "daemon/locks.h"

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

static const char removal[] = NETWORK_REMOVAL_LOCK "/0123456789ab";
static const char container[] = "1123456789ab";
static const char volumes[2][9] = {VOLUME_LOCK "/a", VOLUME_LOCK "/b"};

static void test_order(void **state)
{
	struct locks *l = locks_new();

	object_lock(l, removal);
	object_lock(l, container);
	object_lock(l, volumes[0]);
	object_lock(l, volumes[1]);
	/* where they are released is nobody's concern, and what is left still counts */
	object_unlock(l, container);
	object_unlock(l, volumes[0]);
	object_unlock(l, removal);
	object_unlock(l, volumes[1]);
	object_lock(l, container);
	object_unlock(l, container);
	locks_free(l);
}

/* Whether a thread may take the locks one after the other; nobody else has them. */
static bool may_take(const char *first, const char *second)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct locks *l = locks_new();

		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		close(STDERR_FILENO);
		object_lock(l, first);
		alarm(30); /* a lock that is taken twice is waited for, if that is not noticed */
		object_lock(l, second);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) || WTERMSIG(status) == SIGABRT);
	return WIFEXITED(status);
}

static void test_order_is_checked(void **state)
{
	assert_true(may_take(container, volumes[0]));
	assert_false(may_take(volumes[0], container));
	assert_false(may_take(container, removal));
	assert_false(may_take(volumes[0], removal));
	assert_false(may_take(volumes[1], volumes[0]));
	assert_false(may_take(container, "0123456789ab"));
	assert_false(may_take(container, "2123456789ab"));
	assert_false(may_take(removal, NETWORK_REMOVAL_LOCK "/1123456789ab"));
	assert_false(may_take(container, container));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_holder),
		cmocka_unit_test(test_different_objects),
		cmocka_unit_test(test_released_early),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_order_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
