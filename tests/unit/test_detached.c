/* SPDX-License-Identifier: BSD-2-Clause */
/* The last look at a container's mounts: what is there that is not its own is found. */
#include "tree.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "host/linux/detached.h"

#define SKIPPED 77 /* exit code of a child that may not make mounts */

/* Runs it in a mount namespace with a root directory of its own, a tmpfs(5). */
static void in_new_root(int (*test)(int proc, struct mounted *mounted))
{
	struct mounted mounted = {.n = 0};
	struct error err;
	int status, proc, root;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) != 0)
			_exit(SKIPPED);
		proc = detached_make("proc", NULL, 0, &err);
		root = detached_make("tmpfs", NULL, 0, &err);
		if (proc < 0 || root < 0 ||
			mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
			move_mount(root, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) != 0 ||
			fchdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
			umount2(".", MNT_DETACH) != 0 || chdir("/") != 0 || mkdir("a", 0755) != 0 ||
			mounted_note(&mounted, root, &err) != 0)
			_exit(SKIPPED);
		_exit(test(proc, &mounted));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int attach(const char *where, struct mounted *mounted)
{
	AUTO_CLOSE int place = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error err;
	AUTO_CLOSE int tree = detached_make("tmpfs", "mode=0700", 0, &err);

	return tree < 0 ? -1 : detached_attach(tree, place, where, mounted, &err);
}

/* 1 and following: the line where what was expected was not so. */
#define EXPECT(what)                                                                               \
	do {                                                                                       \
		if (!(what))                                                                       \
			return 1;                                                                  \
	} while (0)

static int all_noted(int proc, struct mounted *mounted)
{
	AUTO_CLOSE int place = open("a", O_PATH | O_CLOEXEC);
	struct error err;

	EXPECT(detached_attach(proc, place, "proc", mounted, &err) == 0);
	EXPECT(mounted_check(mounted, proc, &err) == 0);
	EXPECT(root_check(&err) == 0);
	return 0;
}

static int one_unknown(int proc, struct mounted *mounted)
{
	struct mounted other = {.n = 0};
	struct error err;

	EXPECT(attach("a", &other) == 0);
	EXPECT(mounted_check(mounted, proc, &err) == -1);
	EXPECT(strstr(err.message, "not its own") != NULL && strstr(err.message, "/a ") != NULL);
	return 0;
}

static int one_missing(int proc, struct mounted *mounted)
{
	struct error err;

	EXPECT(attach("a", mounted) == 0 && umount2("a", MNT_DETACH) == 0);
	EXPECT(mounted_check(mounted, proc, &err) == -1);
	return 0;
}

static int on_root(int proc, struct mounted *mounted)
{
	struct error err;

	EXPECT(root_check(&err) == 0);
	EXPECT(attach("/", mounted) == 0);
	EXPECT(root_check(&err) == -1);
	return 0;
}

static void test_own_mounts(void **state)
{
	in_new_root(all_noted);
}

static void test_mount_of_somebody_else(void **state)
{
	in_new_root(one_unknown);
}

static void test_mount_that_is_gone(void **state)
{
	in_new_root(one_missing);
}

static void test_mount_on_the_root(void **state)
{
	in_new_root(on_root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_mounts),
		cmocka_unit_test(test_mount_of_somebody_else),
		cmocka_unit_test(test_mount_that_is_gone),
		cmocka_unit_test(test_mount_on_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
