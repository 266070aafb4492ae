/* SPDX-License-Identifier: BSD-2-Clause */
/* Detached mounts, which the daemon makes and a warden attaches. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "host/linux/host.h"

int tree_open(const char *path, bool recursive, int userns, struct error *err)
{
	const unsigned int depth = recursive ? AT_RECURSIVE : 0;
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)(int64_t)userns};
	AUTO_CLOSE int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | depth);

	if (fd < 0)
		return error_errno(err, errno, "cannot open %s as a mount", path);
	if (userns >= 0 && mount_setattr(fd, "", AT_EMPTY_PATH | depth, &attr, sizeof(attr)) != 0)
		return error_errno(err, errno, "cannot map the user ids of %s", path);
	return take_fd(&fd);
}

int userns_open(pid_t pid, struct error *err)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", path);
	return fd;
}
