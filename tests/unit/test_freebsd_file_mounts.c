/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kernels a single file is mounted on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/freebsd/file_mounts.h"

static void test_a_file_is_mounted_where_the_kernel_survives_it(void **state)
{
	(void)state;
	assert_false(file_mounts_are_safe(1302001)); /* 13.2: panics */
	assert_false(file_mounts_are_safe(1303001)); /* not known to be mended */
	assert_false(file_mounts_are_safe(1400097));
	assert_true(file_mounts_are_safe(1500000));
	assert_true(file_mounts_are_safe(1500068));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_mounted_where_the_kernel_survives_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
