/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static int check_owner(const char *path, const struct stat *st, struct error *err)
{
	if (st->st_uid == geteuid())
		return 0;
	return error_set(err, ERROR_CONFLICT, "%s belongs to user %u", path, (unsigned)st->st_uid);
}

/* Makes it if it is missing; a descriptor of what is there, if that is ours. */
static int open_own(const char *path, int flags, struct stat *st, struct error *err)
{
	AUTO_CLOSE int fd = -1;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	if (fd < 0 || fstat(fd, st) != 0)
		return error_errno(err, errno, "cannot open the directory %s", path);
	return check_owner(path, st, err) == 0 ? take_fd(&fd) : -1;
}

int private_directory(const char *path, struct error *err)
{
	struct stat st;
	AUTO_CLOSE int fd = open_own(path, O_NOFOLLOW, &st, err);

	if (fd < 0)
		return -1;
	if ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700) != 0)
		return error_errno(err, errno, "cannot set the mode of %s", path);
	if (st.st_gid != getegid() && fchown(fd, geteuid(), getegid()) != 0)
		return error_errno(err, errno, "cannot set the group of %s", path);
	return 0;
}

int private_place_check(const char *path, const struct stat *st, struct error *err)
{
	if (check_owner(path, st, err) != 0)
		return -1;
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(err, ERROR_CONFLICT,
			"%s can be written to by others than its owner: it must not", path);
	return 0;
}

int private_place(const char *path, struct error *err)
{
	struct stat st;
	AUTO_CLOSE int fd = open_own(path, 0, &st, err);

	return fd < 0 ? -1 : private_place_check(path, &st, err);
}
