/* SPDX-License-Identifier: BSD-2-Clause */
/* The container's user database: look-ups, and files that are wrong on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "warden/userdb.h"

static const char passwd[] = "# a comment\n"
			     "root:x:0:0:Charlie:/root:/bin/csh\n"
			     "\n"
			     "broken:x:1\n"
			     "nonsense:x:abc:0::/:/bin/sh\n"
			     "negative:x:-1:0::/:/bin/sh\n"
			     "huge:x:4294967296:0::/:/bin/sh\n"
			     "bare:x:7:8:::\n"
			     "www:x:80:80:Web:/var/www:/bin/sh\n"
			     "last:x:9:9::/:/bin/sh"; /* no line's end */
static const char group[] = "wheel:x:0:root,www\n"
			    "www:x:80:\n"
			    "video:x:44:last,www,other\n"
			    "web:x:81:wwwx\n"
			    "staff:x:20";

static void find(const char *who, struct user *u)
{
	struct error err;

	assert_int_equal(user_find(who, passwd, group, u, &err), 0);
}

static void refused(const char *who, const char *message)
{
	struct user u;
	struct error err;

	assert_int_equal(user_find(who, passwd, group, &u, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, message);
	user_free(&u);
}

static void test_name(void **state)
{
	AUTO(user_free) struct user u = {0};

	find("www", &u);
	assert_int_equal(u.uid, 80);
	assert_int_equal(u.gid, 80);
	assert_string_equal(u.name, "www");
	assert_string_equal(u.home, "/var/www");
	assert_string_equal(u.shell, "/bin/sh");
	assert_int_equal(u.ngroups, 3); /* its own, wheel and video, but not web */
	assert_int_equal(u.groups[0], 80);
	assert_int_equal(u.groups[1], 0);
	assert_int_equal(u.groups[2], 44);
}

static void test_number(void **state)
{
	AUTO(user_free) struct user u = {0}, unknown = {0};

	find("80", &u);
	assert_string_equal(u.name, "www");
	assert_int_equal(u.ngroups, 3);
	find("1234", &unknown);
	assert_int_equal(unknown.uid, 1234);
	assert_int_equal(unknown.gid, 0);
	assert_string_equal(unknown.home, "/");
	assert_string_equal(unknown.shell, "/bin/sh");
}

static void test_group_given(void **state)
{
	AUTO(user_free) struct user by_name = {0}, by_number = {0}, root = {0};

	find("www:video", &by_name);
	assert_int_equal(by_name.gid, 44);
	assert_int_equal(by_name.ngroups, 1);
	find("1000:2000", &by_number);
	assert_int_equal(by_number.uid, 1000);
	assert_int_equal(by_number.gid, 2000);
	find(":staff", &root);
	assert_int_equal(root.uid, 0);
	assert_int_equal(root.gid, 20);
}

static void test_empty_is_root(void **state)
{
	AUTO(user_free) struct user u = {0}, bare = {0};
	struct error err;

	find("", &u);
	assert_int_equal(u.uid, 0);
	assert_string_equal(u.home, "/root");
	assert_string_equal(u.shell, "/bin/csh");
	/* an image without any database */
	assert_int_equal(user_find("root", NULL, NULL, &bare, &err), 0);
	assert_int_equal(bare.uid, 0);
	assert_int_equal(bare.gid, 0);
	assert_string_equal(bare.shell, "/bin/sh");
}

static void test_entries_with_gaps(void **state)
{
	AUTO(user_free) struct user bare = {0}, last = {0};

	find("bare", &bare);
	assert_string_equal(bare.home, "/");
	assert_string_equal(bare.shell, "/bin/sh");
	find("last", &last);
	assert_int_equal(last.uid, 9);
	assert_int_equal(last.ngroups, 2);
}

static void test_refused(void **state)
{
	refused("nobody", "no such user 'nobody' in the container");
	refused("www:nothing", "no such group 'nothing' in the container");
	refused("broken", "no such user 'broken' in the container");
	refused("nonsense", "no such user 'nonsense' in the container");
	refused("negative", "no such user 'negative' in the container");
	refused("huge", "no such user 'huge' in the container");
	refused("-1", "no such user '-1' in the container");
	refused("4294967295", "no such user '4294967295' in the container");
	refused("99999999999999999999", "no such user '99999999999999999999' in the container");
	refused("0x10", "no such user '0x10' in the container");
	refused("#", "no such user '#' in the container");
}

static void test_hostile_files(void **state)
{
	AUTO(user_free) struct user u = {0}, many = {0};
	struct buffer text = {0}, groups = {0};
	struct error err;

	/* a line far too long is passed over, the next one counts */
	for (int i = 0; i < 200000; i++)
		buffer_add(&text, "x", 1);
	buffer_puts(&text, ":x:5:5::/:/bin/sh\n::::::::::::::::\n:\nu:x:6:6::/:/bin/sh\n");
	assert_int_equal(user_find("u", text.data, text.data, &u, &err), 0);
	assert_int_equal(u.uid, 6);
	/* more groups than fit */
	for (int i = 0; i < 2 * USER_GROUPS_MAX; i++)
		buffer_printf(&groups, "g%d:x:%d:u\n", i, 1000 + i);
	assert_int_equal(user_find("u", text.data, groups.data, &many, &err), 0);
	assert_int_equal(many.ngroups, USER_GROUPS_MAX);
	assert_int_equal(many.groups[0], 6);
	buffer_free(&text);
	buffer_free(&groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_group_given),
		cmocka_unit_test(test_empty_is_root),
		cmocka_unit_test(test_entries_with_gaps),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hostile_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
