/* SPDX-License-Identifier: BSD-2-Clause */
/* Which mounts are a container's, and in what order they can go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "host/freebsd/mountlist.h"

static const struct {
	const char *on, *from, *type;
} mounts[] = {
	{"/", "zroot/ROOT/default", "zfs"},
	{"/dev", "devfs", "devfs"},
	{"/z/container/a", "z/container/a", "zfs"},
	{"/z/container/a/dev", "devfs", "devfs"},
	{"/z/container/ab", "z/container/ab", "zfs"},
	{"/z/container/ab/dev", "devfs", "devfs"},
	{"/z/volume/v", "z/volume/v", "zfs"},
	{"/z/container/a/mnt/deep/er", "/z/volume/v", "nullfs"},
	/* hides the one before it */
	{"/z/container/a/mnt", "/z/volume/v/sub", "nullfs"},
	/* twice on one directory */
	{"/z/container/a/dev", "devfs", "devfs"},
	{"/z/volume/v/inside", "/z/volume/v/other", "nullfs"},
};

static struct mount_list list_new(void)
{
	struct mount_list list = {0};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		mount_list_add(
			&list, mounts[i].on, mounts[i].from, mounts[i].type, (int[]){(int)i, 1});
	return list;
}

static void last_mounted_goes_first(void **state)
{
	AUTO(mount_list_free) struct mount_list list = list_new();
	size_t order[ARRAY_SIZE(mounts)];
	const size_t expected[] = {9, 8, 7, 3, 2};

	assert_int_equal(mount_list_below(&list, "/z/container/a", true, order), 5);
	assert_memory_equal(order, expected, sizeof(expected));
	assert_int_equal(list.v[order[0]].fsid[0], 9);
	assert_int_equal(mount_list_below(&list, "/z/container/a", false, order), 4);
	assert_memory_equal(order, expected, 4 * sizeof(expected[0]));
}

static void other_roots_stay(void **state)
{
	AUTO(mount_list_free) struct mount_list list = list_new();
	size_t order[ARRAY_SIZE(mounts)];

	assert_int_equal(mount_list_below(&list, "/z/container/b", true, order), 0);
	assert_int_equal(mount_list_below(&list, "/z/container/ab", false, order), 1);
	assert_int_equal(order[0], 5);
	assert_int_equal(mount_list_below(&list, "/", false, order), list.n - 1);
}

static void below(void **state)
{
	assert_true(path_below("/a/b", "/a"));
	assert_false(path_below("/a", "/a"));
	assert_false(path_below("/ab", "/a"));
	assert_true(path_below("/a", "/"));
	assert_false(path_below("/", "/"));
}

static void users_of_a_directory(void **state)
{
	AUTO(mount_list_free) struct mount_list list = list_new();

	assert_string_equal(
		mount_list_user(&list, "/z/volume/v")->on, "/z/container/a/mnt/deep/er");
	/* mounted inside itself only */
	assert_null(mount_list_user(&list, "/z/volume/v/other/x"));
	assert_null(mount_list_user(&list, "/z/container/a"));
	assert_null(mount_list_user(&list, "/z/volume/w"));
	/* a name that only begins the same */
	assert_null(mount_list_user(&list, "/z/vol"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_mounted_goes_first),
		cmocka_unit_test(other_roots_stay),
		cmocka_unit_test(below),
		cmocka_unit_test(users_of_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
