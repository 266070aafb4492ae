/* SPDX-License-Identifier: BSD-2-Clause */
/* -m SRC:DST[:rw|ro] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "klee/mounts.h"

static void expect(const char *text, const char *type, const char *source, const char *destination,
	bool read_only)
{
	struct error err;
	json_t *mount = mount_parse(text, &err);

	if (mount == NULL)
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(klee_string(mount, "type"), type);
	assert_string_equal(klee_string(mount, "source"), source);
	assert_string_equal(klee_string(mount, "destination"), destination);
	assert_int_equal(json_is_true(json_object_get(mount, "read_only")), read_only);
	json_decref(mount);
}

static void expect_error(const char *text, const char *part)
{
	struct error err;

	assert_null(mount_parse(text, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	if (strstr(err.message, part) == NULL || strchr(err.message, '\n') != NULL)
		fail_msg("%s: no '%s' in '%s'", text, part, err.message);
}

static void test_good(void **state)
{
	expect("name:/foo/bar", "volume", "name", "/foo/bar", false);
	expect("name:/foo:rw", "volume", "name", "/foo", false);
	expect("name:/foo:ro", "volume", "name", "/foo", true);
	expect("/a/b:/c", "nullfs", "/a/b", "/c", false);
	expect("/:/c:ro", "nullfs", "/", "/c", true);
	expect("/a b:/c d", "nullfs", "/a b", "/c d", false);
	expect("/path", "volume", "", "/path", false);
}

static void test_pairs(void **state)
{
	expect("type=bind,source=/a:b,target=/c:d", "nullfs", "/a:b", "/c:d", false);
	expect("src=v,dst=/c,readonly", "volume", "v", "/c", true);
	expect("type=volume,source=v,destination=/c,ro=false", "volume", "v", "/c", false);
	expect("type=volume,dst=/c,readonly", "volume", "", "/c", true);
	expect("target=/c", "volume", "", "/c", false);
	expect("type=tmpfs,target=/t,tmpfs-size=1m", "tmpfs", "", "/t", false);
	expect_error("type=bind,source=/a", "destination");
	expect_error("type=bind,target=/a", "source");
	expect_error("type=x,source=/a,target=/b", "types");
	expect_error("source=/a,target=/b,colour=red", "unknown key 'colour'");
	expect_error("type=tmpfs,source=/a,target=/b", "no source");
	expect_error("source=v,target=/b,tmpfs-size=1m", "tmpfs");
	expect_error("source=v,target=/b,", "unknown key ''");
}

static void test_bad(void **state)
{
	expect_error("", "SRC:DST");
	expect_error("name", "SRC:DST");
	expect_error("512m", "--memory");
	expect_error("1.5GiB", "SRC:DST");
	expect_error("12x", "expected SRC:DST");
	expect_error(":/x", "source");
	expect_error("name:", "absolute");
	expect_error("name:x", "absolute");
	expect_error("name:ro", "absolute");
	expect_error("name:/x:", "'rw' or 'ro'");
	expect_error("name:/x:RO", "'rw' or 'ro'");
	expect_error("name:/x:ro:ro", "'rw' or 'ro'");
	expect_error("name:/x:/y", "'rw' or 'ro'");
	expect_error("na\xffme:/x", "UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
