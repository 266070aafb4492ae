/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/output.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM_STDERR 2

bool output_together(void)
{
	struct stat out, error;

	return (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO)) ||
	       (fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &error) == 0 &&
		       out.st_dev == error.st_dev && out.st_ino == error.st_ino);
}

/* Waits until fd takes bytes; false if that was given up. */
static bool wait_writable(const struct output *o, int fd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLOUT},
		{.fd = o->interrupted != NULL ? o->interrupt_fd : -1, .events = POLLIN}};

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue; /* EINTR: the signal is in the pipe */
		if (fds[0].revents != 0)
			return true;
		if (fds[1].revents != 0 && o->interrupted != NULL && o->interrupted(o->arg))
			return false;
	}
}

/* write(2) until all is written. 0, or -1 with errno. */
static int write_all(const struct output *o, int fd, const unsigned char *p, size_t len)
{
	while (len > 0) {
		ssize_t n;

		if (!wait_writable(o, fd)) {
			errno = EINTR;
			return -1;
		}
		n = write(fd, p, len);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int output_piece(
	struct output *o, const void *data, size_t len, bool first, bool text, struct error *err)
{
	const unsigned char *p = data;

	if (first)
		o->fd = o->report ? STDERR_FILENO : STDOUT_FILENO;
	if (first && o->split && !text && len > 0) {
		if (*p == STREAM_STDERR)
			o->fd = STDERR_FILENO;
		p++;
		len--;
	}
	if (len == 0)
		return 0;
	if (write_all(o, o->fd, p, len) < 0)
		return error_errno(err, errno, "cannot write to standard %s",
			o->fd == STDERR_FILENO ? "error" : "output");
	if (o->fd == o->last_of || o->together)
		o->last = p[len - 1];
	return 0;
}
