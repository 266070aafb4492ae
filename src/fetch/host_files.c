/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/host_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "fetch/beneath.h"

#define FILE_MAX (1u << 20)

/* The contents of a regular file: 1; 0 if there is none; -1. */
static int read_host_file(const char *path, struct buffer *text, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char block[16384];
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		return error_errno(err, errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)FILE_MAX)
		return error_set(err, ERROR_SYSTEM, "%s is no regular file or too large", path);
	while ((n = read(fd, block, sizeof(block))) > 0 && text->len <= FILE_MAX)
		buffer_add(text, block, (size_t)n);
	return n < 0 ? error_errno(err, errno, "cannot read %s", path) : 1;
}

static int write_image_file(
	struct beneath *image, const char *path, const struct buffer *text, struct error *err)
{
	const char *name;
	int dirfd = beneath_parent(image, path, true, &name, err);

	if (dirfd < 0)
		return -1;
	if (unlinkat(dirfd, name, 0) != 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot replace /%s in the image", path);
	AUTO_CLOSE int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) != 0)
		return error_errno(err, errno, "cannot make /%s in the image", path);
	for (size_t at = 0; at < text->len;) {
		ssize_t n = write(fd, text->data + at, text->len - at);
		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "cannot write /%s in the image", path);
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int host_file_copy(int dirfd, const char *path, struct error *err)
{
	struct buffer text = {0};
	struct beneath image;
	int rc = read_host_file(path, &text, err);

	if (rc > 0) {
		beneath_init(&image, dirfd);
		rc = write_image_file(&image, path + 1, &text, err);
		beneath_free(&image);
	}
	buffer_free(&text);
	return rc;
}
