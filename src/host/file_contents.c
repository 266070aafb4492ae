/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/file_contents.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"

#define BLOCK (128u << 10)

/* True if the kernel cannot copy between these two, but read(2) and write(2) may. */
static bool is_unsupported(int errnum)
{
	return errnum == EXDEV || errnum == ENOSYS || errnum == EINVAL || errnum == EOPNOTSUPP ||
	       errnum == EBADF || errnum == EPERM;
}

static int copy_by_hand(int from, int to, off_t at, off_t end, char *block)
{
	while (at < end) {
		size_t want = end - at > (off_t)BLOCK ? BLOCK : (size_t)(end - at);
		ssize_t n = pread(from, block, want, at);

		if (n <= 0)
			return (int)n;
		for (ssize_t done = 0, m; done < n; done += m) {
			m = pwrite(to, block + done, (size_t)(n - done), at + done);
			if (m < 0)
				return -1;
		}
		at += n;
	}
	return 0;
}

/* Copies from 'at' to 'end'; *block is made when it is needed. */
static int copy_range(int from, int to, off_t at, off_t end, char **block)
{
	off_t in = at, out = at;

	while (*block == NULL && in < end) {
		ssize_t n = copy_file_range(from, &in, to, &out, (size_t)(end - in), 0);

		if (n == 0) /* it has become shorter, or is a file that only read(2) knows */
			break;
		if (n < 0 && !is_unsupported(errno))
			return -1;
		if (n < 0)
			break;
	}
	if (in == end)
		return 0;
	if (*block == NULL)
		*block = xmalloc(BLOCK);
	return copy_by_hand(from, to, in, end, *block);
}

int file_copy_contents(int from, int to, off_t size)
{
	AUTO_FREE char *block = NULL;
	off_t data = 0, hole;

	while (data < size) {
		data = lseek(from, data, SEEK_DATA);
		if (data < 0 && errno == ENXIO) /* nothing but a hole is left */
			break;
		if (data < 0 && errno != EINVAL)
			return -1;
		data = data < 0 ? 0 : data;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size; /* no such thing here */
		if (copy_range(from, to, data, hole, &block) != 0)
			return -1;
		data = hole;
	}
	return ftruncate(to, size);
}
