/* SPDX-License-Identifier: BSD-2-Clause */
#include "network/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX (1u << 20) /* bytes; the container may have made more of it */

/* Writes the text over what the file holds. 0 or an errno. */
static int put_text(int fd, const struct buffer *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = pwrite(fd, text->data + done, text->len - done, (off_t)done);

		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		done += (size_t)n;
	}
	return ftruncate(fd, (off_t)text->len) == 0 ? 0 : errno;
}

/* Takes room on the disk. 0 or an errno. */
static int take_room(int fd, size_t len)
{
	int errnum = len > 0 ? posix_fallocate(fd, 0, (off_t)len) : 0;

	/* file systems that cannot say so beforehand, as ZFS, say so when it is written */
	return errnum == EINVAL || errnum == EOPNOTSUPP || errnum == ENODEV ? 0 : errnum;
}

/* What the file holds; no more than it can have from us. 0 or an errno. */
static int get_text(int fd, struct buffer *text)
{
	char piece[4096];
	ssize_t n;

	while (text->len < TEXT_MAX &&
		(n = pread(fd, piece, sizeof(piece), (off_t)text->len)) != 0) {
		if (n < 0)
			return errno;
		buffer_add(text, piece, (size_t)n);
	}
	return 0;
}

int rewrite(int fd, const struct buffer *text)
{
	struct buffer before = {0};
	int errnum = get_text(fd, &before);
	bool same = before.len == text->len &&
		    (text->len == 0 || memcmp(before.data, text->data, text->len) == 0);

	if (errnum == 0 && !same) {
		errnum = take_room(fd, text->len); /* which may have made it longer in vain */
		if (errnum == 0)
			errnum = put_text(fd, text);
		if (errnum != 0)
			put_text(fd, &before);
	}
	buffer_free(&before);
	return errnum;
}
