/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into a daemon (ld.so(8), LD_PRELOAD): the Nth call of the C library's that asks the
 * kernel for something fails, as if there were no room, no descriptor, no thread or a broken disk.
 *
 * KLEENE_FAULT names a file of the layout below, which the test that has made it maps, too. Nothing
 * fails while `left` is 0; below 0, all calls fail that write to a disk. What must not fail for a
 * program to be right is not here: close(2), munmap(2), the clock, and reading from what is open.
 */
#undef _FILE_OFFSET_BITS /* open(2) is not to be another name of open64 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct control {
	_Atomic int left; /* calls until one fails; 0: none does; below: all that write */
	int error; /* errno(3) of that one */
	_Atomic int failed; /* how many have */
	char what[52]; /* the name of the last one */
};

static struct control *control;

__attribute__((constructor)) static void map_control(void)
{
	const char *path = getenv("KLEENE_FAULT");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *mapped = MAP_FAILED;

	if (fd >= 0)
		mapped = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		abort();
	close(fd);
	control = mapped;
}

static int fail(const char *what)
{
	strncpy(control->what, what, sizeof(control->what) - 1);
	atomic_fetch_add(&control->failed, 1);
	errno = control->error;
	return 1;
}

/* True if this is the call that fails. */
static int fails(const char *what, int writes)
{
	int left = control != NULL ? atomic_load(&control->left) : 0;

	if (left < 0 && writes)
		return fail(what);
	while (left > 0 && !atomic_compare_exchange_weak(&control->left, &left, left - 1))
		continue;
	return left == 1 ? fail(what) : 0;
}

/* The C library's own function of the name. */
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

#define FAILING_CALL(writes, type, name, parameters, arguments)                                    \
	type name parameters                                                                       \
	{                                                                                          \
		static __typeof__(&(name)) real;                                                   \
		if (real == NULL)                                                                  \
			real = REAL(name);                                                         \
		return fails(#name, writes) ? (type)-1 : real arguments;                           \
	}

#define FAILING(...)	   FAILING_CALL(0, __VA_ARGS__)
#define FAILING_WRITE(...) FAILING_CALL(1, __VA_ARGS__)

/* The same of those that take a mode where they make a file; the rest: what stands before flags. */
#define FAILING_OPEN(name, parameters, ...)                                                        \
	int name parameters                                                                        \
	{                                                                                          \
		static __typeof__(&(name)) real;                                                   \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
		va_start(list, flags);                                                             \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                   \
		va_end(list);                                                                      \
		if (real == NULL)                                                                  \
			real = REAL(name);                                                         \
		return fails(#name, 0) ? -1 : real(__VA_ARGS__, flags, mode);                      \
	}

FAILING_OPEN(open, (const char *path, int flags, ...), path)
FAILING_OPEN(open64, (const char *path, int flags, ...), path)
FAILING_OPEN(openat, (int at, const char *path, int flags, ...), at, path)
FAILING_OPEN(openat64, (int at, const char *path, int flags, ...), at, path)
FAILING_WRITE(int, mkdir, (const char *path, mode_t mode), (path, mode))
FAILING_WRITE(int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode))
FAILING_WRITE(int, rename, (const char *from, const char *to), (from, to))
FAILING_WRITE(int, renameat, (int from_at, const char *from, int to_at, const char *to),
	(from_at, from, to_at, to))
FAILING_WRITE(int, unlink, (const char *path), (path))
FAILING_WRITE(int, unlinkat, (int at, const char *path, int flags), (at, path, flags))
FAILING_WRITE(int, rmdir, (const char *path), (path))
FAILING_WRITE(int, symlinkat, (const char *target, int at, const char *path), (target, at, path))
FAILING_WRITE(
	ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at))
FAILING_WRITE(int, fsync, (int fd), (fd))
FAILING_WRITE(int, fdatasync, (int fd), (fd))
FAILING_WRITE(int, syncfs, (int fd), (fd))
FAILING_WRITE(int, ftruncate64, (int fd, off64_t size), (fd, size))
FAILING_WRITE(int, fchmod, (int fd, mode_t mode), (fd, mode))
FAILING_WRITE(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
FAILING(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAILING(int, socketpair, (int domain, int type, int protocol, int fds[2]),
	(domain, type, protocol, fds))
FAILING(int, bind, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size))
FAILING(int, connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size))
FAILING(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
FAILING(int, pipe2, (int fds[2], int flags), (fds, flags))
FAILING(int, memfd_create, (const char *name, unsigned int flags), (name, flags))

/* A pipe or an event that has room takes what it is given: only disks fail. */
ssize_t write(int fd, const void *data, size_t n)
{
	static __typeof__(&write) real;
	struct stat st;

	if (real == NULL)
		real = REAL(write);
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fails("write", 1) ? -1
									       : real(fd, data, n);
}

int pthread_create(
	pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
	static __typeof__(&pthread_create) real;

	if (real == NULL)
		real = REAL(pthread_create);
	return fails("pthread_create", 0) ? EAGAIN : real(thread, attributes, run, arg);
}
