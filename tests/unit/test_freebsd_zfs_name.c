/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names may be given to zfs(8) and libzfs_core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "host/freebsd/zfs_name.h"

static void names_of_datasets(void **state)
{
	static const char *const good[] = {
		"zroot", "zroot/a", "tank/a-b_c.d:e/F 9", "zroot/-x", "zroot/...", "a/.b"};
	static const char *const bad[] = {"", "/", "/zroot", "zroot/", "zroot//a", "-r", "-r/x",
		"zroot@s", "zroot/a@s", "zroot/a#b", "zroot/.", "zroot/../a", "zroot/a\n",
		"zroot/a%recv", "zroot/\xc3\xa4", "a\tb"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!zfs_name_valid(good[i]))
			fail_msg("'%s' is a name", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (zfs_name_valid(bad[i]))
			fail_msg("'%s' is no name", bad[i]);
}

static void a_snapshot_must_fit(void **state)
{
	char name[ZFS_NAME_MAX + 1];
	const size_t longest = ZFS_NAME_MAX - strlen("@kleene-0123456789ab");

	memset(name, 'a', sizeof(name));
	name[longest + 1] = '\0';
	assert_false(zfs_name_valid(name));
	name[longest / 2] = '\0';
	assert_true(zfs_name_valid(name));
}

static void pools(void **state)
{
	assert_true(zfs_name_same_pool("zroot", "zroot/a/b"));
	assert_true(zfs_name_same_pool("zroot@s", "zroot/a"));
	assert_true(zfs_name_same_pool("zroot/c@s", "zroot/a"));
	assert_false(zfs_name_same_pool("zroot", "zroot2/a"));
	assert_false(zfs_name_same_pool("tank/a", "zroot/a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_datasets),
		cmocka_unit_test(a_snapshot_must_fit),
		cmocka_unit_test(pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
