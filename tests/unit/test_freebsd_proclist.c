/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processes of a jail came from elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "host/freebsd/proclist.h"

enum { WARDEN = 100, JAIL = 7, CHILD_JAIL = 3, OTHER_JAIL = 8 };

static const int jails[] = {JAIL, CHILD_JAIL};

static size_t strangers(const struct proc_entry *from, size_t n, pid_t *pids)
{
	struct proc_entry list[16];

	assert_true(n <= ARRAY_SIZE(list));
	memcpy(list, from, n * sizeof(*from));
	return proclist_strangers(list, n, WARDEN, jails, ARRAY_SIZE(jails), pids);
}

static void own_descendants_are_none(void **state)
{
	static const struct proc_entry list[] = {
		{300, 200, JAIL, false}, /* grandchild, listed before its parent */
		{1, 0, 0, false},
		{WARDEN, 1, 0, false},
		{200, WARDEN, JAIL, false},
		{201, WARDEN, 0, false}, /* forked, not yet in the jail */
		{202, 201, CHILD_JAIL, false},
	};
	pid_t pids[ARRAY_SIZE(list)];

	assert_int_equal(strangers(list, ARRAY_SIZE(list), pids), 0);
}

static void entered_from_outside(void **state)
{
	static const struct proc_entry list[] = {
		{1, 0, 0, false}, {WARDEN, 1, 0, false}, {200, WARDEN, JAIL, false},
		{50, 1, 0, false}, /* the administrator's shell */
		{400, 50, JAIL, false}, /* jexec */
		{401, 400, JAIL, false}, {402, 50, CHILD_JAIL, false},
		{403, 50, JAIL, true}, /* only waits to be reaped */
		{404, 50, OTHER_JAIL, false},
		{405, 999, JAIL, false}, /* its parent went while the list was made */
	};
	static const pid_t expected[] = {400, 401, 402, 405};
	pid_t pids[ARRAY_SIZE(list)];

	assert_int_equal(strangers(list, ARRAY_SIZE(list), pids), ARRAY_SIZE(expected));
	assert_memory_equal(pids, expected, sizeof(expected));
}

static void a_ring_of_parents_ends(void **state)
{
	static const struct proc_entry list[] = {
		{500, 501, JAIL, false},
		{501, 500, 0, false},
		{0, 0, 0, false},
		{502, 0, JAIL, false},
	};
	pid_t pids[ARRAY_SIZE(list)];

	assert_int_equal(strangers(list, ARRAY_SIZE(list), pids), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_descendants_are_none),
		cmocka_unit_test(entered_from_outside),
		cmocka_unit_test(a_ring_of_parents_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
