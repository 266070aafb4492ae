/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks that are waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/mem.h"

/* A process that has the file locked, until it has read the end of the pipe. */
static pid_t holder(int fd, int go[2])
{
	int locked[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(locked), 0);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (flock(fd, LOCK_EX) != 0 || write(locked[1], "", 1) != 1)
			_exit(1);
		_exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(locked[0], &byte, 1), 1);
	close(locked[0]);
	close(locked[1]);
	return pid;
}

static void test_lock_of_one_who_ends(void **state)
{
	char path[] = "/tmp/test_lock.XXXXXX";
	AUTO_CLOSE int held = mkstemp(path);
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	int go[2], status;
	pid_t pid;

	assert_true(held >= 0 && fd >= 0);
	unlink(path);
	pid = holder(held, go);
	close_fd(&held);
	assert_int_equal(lock_take(fd, LOCK_EX, 0), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	close(go[1]);
	assert_int_equal(lock_take(fd, LOCK_EX, 60000), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(go[0]);
}

static void test_no_lock(void **state)
{
	assert_int_equal(lock_take(-1, LOCK_EX, 60000), -1);
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_of_one_who_ends),
		cmocka_unit_test(test_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
