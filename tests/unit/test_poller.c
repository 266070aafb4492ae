/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for many descriptors, and being woken. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "host/poller.h"

#define PIPES 200

static struct poller *new_poller(void)
{
	struct error err;
	struct poller *p = poller_new(&err);

	assert_non_null(p);
	return p;
}

static void test_owners(void **state)
{
	struct poller *p = new_poller();
	int pipes[PIPES][2];
	void *owners[8];
	struct error err;

	for (int i = 0; i < PIPES; i++) {
		assert_int_equal(pipe(pipes[i]), 0);
		assert_int_equal(poller_add(p, pipes[i][0], &pipes[i], &err), 0);
	}
	assert_int_equal(poller_wait(p, owners, 8, 0), 0);
	assert_int_equal(write(pipes[77][1], "", 1), 1);
	assert_int_equal(poller_wait(p, owners, 8, -1), 1);
	assert_ptr_equal(owners[0], &pipes[77]);
	assert_int_equal(poller_wait(p, owners, 8, -1), 1); /* it is still there */
	close(pipes[5][1]); /* the other end is gone */
	assert_int_equal(poller_wait(p, owners, 8, -1), 2);
	poller_drop(p, pipes[77][0]);
	assert_int_equal(poller_wait(p, owners, 8, -1), 1);
	assert_ptr_equal(owners[0], &pipes[5]);
	for (int i = 0; i < PIPES; i++) {
		close(pipes[i][0]);
		if (i != 5)
			close(pipes[i][1]);
	}
	poller_free(p);
}

/* However often it is woken before it looks: nothing overflows, and it wakes. */
static void test_is_woken(void **state)
{
	struct poller *p = new_poller();
	void *owners[1];

	for (int i = 0; i < 200000; i++)
		poller_wake(p);
	assert_int_equal(poller_wait(p, owners, 1, -1), 0);
	poller_wake(p);
	assert_int_equal(poller_wait(p, owners, 1, -1), 0);
	assert_int_equal(poller_wait(p, owners, 1, 1), 0);
	poller_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_is_woken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
