#include "klee/output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define STREAM_STDERR 2

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			/* others may have made it non-blocking */
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int output_piece(struct output *o, const void *data, size_t len, bool first, bool text,
	struct error *err)
{
	const unsigned char *p = data;

	if (first)
		o->fd = STDOUT_FILENO;
	if (first && o->split && !text && len > 0) {
		if (*p == STREAM_STDERR)
			o->fd = STDERR_FILENO;
		p++;
		len--;
	}
	if (len == 0)
		return 0;
	if (write_all(o->fd, p, len) < 0)
		return error_errno(err, errno, "cannot write to standard %s",
			o->fd == STDERR_FILENO ? "error" : "output");
	if (o->fd == STDOUT_FILENO || (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO)))
		o->last = p[len - 1];
	return 0;
}
