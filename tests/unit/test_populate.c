/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling a volume: what is copied, what stays, and how an interrupted copy goes on. */
#include "tree.h"

#include "host/populate.h"

struct fixture {
	char *dir; /* from/, to/ and outside are in it */
	int from, to;
};

static const char *from(const struct fixture *f, const char *name)
{
	return at("%s/from/%s", f->dir, name);
}

static const char *to(const struct fixture *f, const char *name)
{
	return at("%s/to/%s", f->dir, name);
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = tree_new();
	assert_int_equal(mkdir(from(f, ""), 0755), 0);
	assert_int_equal(mkdir(to(f, ""), 0755), 0);
	f->from = open(from(f, ""), O_PATH | O_DIRECTORY | O_CLOEXEC);
	f->to = open(to(f, ""), O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->from);
	close(f->to);
	tree_remove(f->dir);
	free(f);
	return 0;
}

static void fill(const struct fixture *f)
{
	struct error err;

	if (populate(f->from, f->to, &err) != 0)
		fail_msg("%s", err.message);
}

static void test_kinds(void **state)
{
	const struct fixture *f = *state;
	struct stat a, b;

	assert_int_equal(mkdir(from(f, "dir"), 0700), 0);
	put_file(from(f, "dir/file"), "text");
	assert_int_equal(chmod(from(f, "dir/file"), 04711), 0);
	assert_int_equal(chmod(from(f, "dir"), 01755), 0);
	assert_int_equal(symlink("/etc/passwd", from(f, "link")), 0);
	assert_int_equal(mkfifo(from(f, "fifo"), 0600), 0);
	assert_int_equal(link(from(f, "dir/file"), from(f, "again")), 0);
	/* link(2) would follow it on FreeBSD */
	assert_int_equal(linkat(f->from, "link", f->from, "same link", 0), 0);
	fill(f);
	assert_file(to(f, "dir/file"), "text");
	assert_link(to(f, "link"), "/etc/passwd");
	assert_int_equal(stat(to(f, "dir/file"), &a), 0);
	assert_int_equal(a.st_mode & 07777, 04711);
	assert_int_equal(stat(to(f, "again"), &b), 0);
	assert_true(a.st_ino == b.st_ino && a.st_nlink == 2);
	assert_int_equal(lstat(to(f, "link"), &a), 0);
	assert_int_equal(lstat(to(f, "same link"), &b), 0);
	assert_true(a.st_ino == b.st_ino);
	assert_int_equal(stat(to(f, "dir"), &a), 0);
	assert_int_equal(a.st_mode & 07777, 01755);
	assert_int_equal(lstat(to(f, "fifo"), &a), 0);
	assert_true(S_ISFIFO(a.st_mode) && (a.st_mode & 0777) == 0600);
}

static void test_times(void **state)
{
	const struct fixture *f = *state;
	const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 2000, .tv_nsec = 5000}};
	const char *const names[] = {"dir/file", "dir", "link"};
	struct stat st;

	assert_int_equal(mkdir(from(f, "dir"), 0755), 0);
	put_file(from(f, "dir/file"), "text");
	assert_int_equal(symlink("x", from(f, "link")), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(
			utimensat(AT_FDCWD, from(f, names[i]), times, AT_SYMLINK_NOFOLLOW), 0);
	fill(f);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(lstat(to(f, names[i]), &st), 0);
		assert_int_equal(st.st_mtim.tv_sec, 2000);
		assert_int_equal(st.st_mtim.tv_nsec, 5000);
	}
}

static void test_what_is_there_stays(void **state)
{
	const struct fixture *f = *state;
	AUTO_FREE char *outside = xasprintf("%s/outside", f->dir);

	assert_int_equal(mkdir(from(f, "dir"), 0755), 0);
	assert_int_equal(mkdir(from(f, "kept"), 0755), 0);
	put_file(from(f, "dir/file"), "image");
	put_file(from(f, "dir/new"), "image");
	put_file(from(f, "kept/file"), "image");
	put_file(from(f, "a"), "image");
	put_file(from(f, "b"), "image");
	assert_int_equal(mkdir(outside, 0755), 0);
	assert_int_equal(mkdir(to(f, "dir"), 0755), 0);
	put_file(to(f, "dir/file"), "user");
	assert_int_equal(symlink(outside, to(f, "kept")), 0);
	assert_int_equal(symlink(at("%s/file", outside), to(f, "a")), 0);
	assert_int_equal(mkdir(to(f, "b"), 0755), 0);
	fill(f);
	assert_file(to(f, "dir/file"), "user");
	assert_file(to(f, "dir/new"), "image");
	assert_link(to(f, "kept"), outside);
	assert_int_equal(rmdir(to(f, "b")), 0);
	assert_int_equal(rmdir(outside), 0); /* nothing is in it */
}

static void test_goes_on(void **state)
{
	const struct fixture *f = *state;
	struct stat a, b;

	put_file(from(f, "one"), "whole");
	assert_int_equal(link(from(f, "one"), from(f, "two")), 0);
	put_file(from(f, "three"), "whole");
	put_file(to(f, ".kleene-populating"), "ha");
	put_file(to(f, "one"), "whole");
	fill(f);
	assert_false(is_there(to(f, ".kleene-populating")));
	assert_file(to(f, "three"), "whole");
	assert_int_equal(stat(to(f, "one"), &a), 0);
	assert_int_equal(stat(to(f, "two"), &b), 0);
	assert_true(a.st_ino == b.st_ino);
}

static void test_itself(void **state)
{
	const struct fixture *f = *state;
	struct stat st;

	assert_int_equal(chmod(from(f, ""), 02770), 0);
	fill(f);
	assert_int_equal(stat(to(f, ""), &st), 0);
	assert_int_equal(st.st_mode & 07777, geteuid() == 0 ? 02770 : 0755);
	/* it belongs to somebody now */
	assert_int_equal(chmod(from(f, ""), 0755), 0);
	fill(f);
	assert_int_equal(stat(to(f, ""), &st), 0);
	assert_int_equal(st.st_mode & 07777, geteuid() == 0 ? 02770 : 0755);
}

static void test_depth(void **state)
{
	const struct fixture *f = *state;
	int fd = openat(f->from, ".", O_RDONLY | O_DIRECTORY);
	struct error err;

	for (int i = 0; i < 300; i++) {
		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		int next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	close(fd);
	assert_int_equal(populate(f->from, f->to, &err), -1);
	assert_non_null(strstr(err.message, "below each other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_there_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_depth, set_up, tear_down),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
