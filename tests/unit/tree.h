/* SPDX-License-Identifier: BSD-2-Clause */
/* Files for tests: a directory of the test's own, and short ways to put things into it. */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"

/* A fresh directory; the caller frees the name and removes it with tree_remove. */
static inline char *tree_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf("%s/kleene-test-XXXXXX", tmp ? tmp : "/tmp");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static inline void tree_remove(char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", dir, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	free(dir);
}

/* The formatted path, good until the 8th next call. */
static inline const char *at(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline const char *at(const char *fmt, ...)
{
	static char paths[8][4096];
	static unsigned int next;
	char *path = paths[next++ % 8];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(paths[0]), fmt, ap);
	va_end(ap);
	return path;
}

static inline bool is_there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

static inline void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline void assert_file(const char *path, const char *text)
{
	char got[4096];
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	ssize_t n = read(fd, got, sizeof(got) - 1);
	close(fd);
	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, text);
}

static inline void assert_link(const char *path, const char *target)
{
	char got[4096];
	ssize_t n = readlink(path, got, sizeof(got) - 1);

	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, target);
}

#endif
