/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of fstab(5) in jail parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "params/fstab.h"

static void accepted(enum host_system system, const char *line, const struct jail_mount *expected)
{
	AUTO(fstab_mount_free) struct jail_mount m;
	struct error err;

	if (fstab_line(system, line, &m, &err) != 1)
		fail_msg("%s: %s", line, err.message);
	assert_string_equal(m.source, expected->source);
	assert_string_equal(m.destination, expected->destination);
	assert_string_equal(m.type ? m.type : "", expected->type ? expected->type : "");
	assert_string_equal(m.options ? m.options : "", expected->options ? expected->options : "");
	assert_int_equal(m.read_only, expected->read_only);
	assert_false(m.populate);
}
#define MOUNT(...) (&(struct jail_mount){__VA_ARGS__})
#define TEXT(text) ((char *)(uintptr_t)(text))

static void test_accepted(void **state)
{
	accepted(HOST_LINUX, "tmpfs /a tmpfs",
		MOUNT(.source = TEXT("tmpfs"), .destination = TEXT("/a"), .type = TEXT("tmpfs")));
	accepted(HOST_LINUX, " none\t/a\\040b  tmpfs  rw,size=2m,mode=1777,noexec,late 0 0 ",
		MOUNT(.source = TEXT("none"), .destination = TEXT("/a b"), .type = TEXT("tmpfs"),
			.options = TEXT("size=2m,mode=1777,noexec")));
	accepted(HOST_LINUX, "proc /p procfs ro",
		MOUNT(.source = TEXT("proc"), .destination = TEXT("/p"), .type = TEXT("procfs"),
			.read_only = true));
	accepted(HOST_LINUX, "/h /c none bind,ro 0 0",
		MOUNT(.source = TEXT("/h"), .destination = TEXT("/c"), .read_only = true));
	accepted(HOST_FREEBSD, "/h /c nullfs rw",
		MOUNT(.source = TEXT("/h"), .destination = TEXT("/c")));
	accepted(HOST_FREEBSD, "fdesc /dev/fd fdescfs rw",
		MOUNT(.source = TEXT("fdesc"), .destination = TEXT("/dev/fd"),
			.type = TEXT("fdescfs")));
	accepted(HOST_FREEBSD, "devfs /d devfs",
		MOUNT(.source = TEXT("devfs"), .destination = TEXT("/d"), .type = TEXT("devfs")));
}

static void test_nothing(void **state)
{
	static const char *const lines[] = {"", "  \t", "# comment", "  # comment"};
	struct jail_mount m;
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(fstab_line(HOST_LINUX, lines[i], &m, &err), 0);
}

static void test_refused(void **state)
{
	static const struct {
		enum host_system system;
		const char *line, *words;
	} cases[] = {
		{HOST_LINUX, "tmpfs /a", "type"},
		{HOST_LINUX, "tmpfs a tmpfs", "'a' is not an absolute path"},
		{HOST_LINUX, "tmpfs /a/../../b tmpfs", "absolute"},
		{HOST_LINUX, "tmpfs /.. tmpfs", "absolute"},
		{HOST_LINUX, "h /a nullfs", "'h'"},
		{HOST_LINUX, "/dev/sda /a ext4", "'ext4'"},
		{HOST_LINUX, "fdesc /a fdescfs", "mount.fdescfs"},
		{HOST_LINUX, "dev /a devfs", "mount.devfs"},
		{HOST_LINUX, "tmpfs /a tmpfs size=1m;x", "'size=1m;x'"},
		{HOST_LINUX, "tmpfs /a tmpfs size=", "'size='"},
		{HOST_LINUX, "tmpfs /a tmpfs mode=999", "mode=999"},
		{HOST_LINUX, "tmpfs /a tmpfs dev", "'dev'"},
		{HOST_LINUX, "/h /a nullfs size=1", "'size=1'"},
		{HOST_LINUX, "proc /p procfs hidepid=0", "hidepid"},
		{HOST_FREEBSD, "/h /c none bind", "'none'"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct jail_mount m;
		struct error err;

		assert_int_equal(fstab_line(cases[i].system, cases[i].line, &m, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		if (strstr(err.message, cases[i].words) == NULL)
			fail_msg("'%s' does not say %s", err.message, cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
