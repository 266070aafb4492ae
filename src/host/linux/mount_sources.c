/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/mount_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/linux/device_tree.h"

/*
 * Set-user-id programs are left as they are: in a container they give no more than its root has,
 * and a volume may well hold the programs of its image.
 */
static int restrict_tree(int fd, const struct jail_mount *m, struct error *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NODEV,
		/* what is mounted in the container is not to appear on the host, nor the reverse */
		.propagation = MS_PRIVATE,
	};

	if (m->read_only && !m->populate)
		attr.attr_set |= MOUNT_ATTR_RDONLY;
	if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) != 0)
		return error_errno(err, errno, "cannot restrict the mount of %s", m->source);
	return 0;
}

/*
 * Shows the owners as the container counts them. Not every file system can, overlayfs for one: then
 * as much as can, from the top; what is left shows owners the container does not know.
 */
static void map_ids(int fd, int userns)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (__u64)userns,
	};

	if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) != 0)
		(void)mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

static int open_source(const struct jail_mount *m, int userns, struct error *err)
{
	AUTO_CLOSE int fd =
		open_tree(AT_FDCWD, m->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return error_errno(err, errno, "cannot mount %s of the host", m->source);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return error_set(err, ERROR_INVALID,
			"cannot mount %s of the host: a device cannot be used in a mount",
			m->source);
	if (restrict_tree(fd, m, err) != 0)
		return -1;
	if (userns >= 0)
		map_ids(fd, userns);
	return take_fd(&fd);
}

int mount_sources_open(
	const struct jail_config *config, int userns, uid_t first, int *fds, struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < config->nmounts; i++) {
		const struct jail_mount *m = &config->mounts[i];

		if (m->type != NULL)
			continue;
		fds[n] = m->device ? device_tree_make(m->source, first, err)
				   : open_source(m, userns, err);
		if (fds[n] < 0) {
			while (n-- > 0)
				close_fd(&fds[n]);
			return -1;
		}
		n++;
	}
	return 0;
}

int jail_check_file_mounts(const char *path, mode_t mode, struct error *err)
{
	(void)path;
	(void)mode;
	(void)err;
	return 0;
}

int jail_check_device(const char *path, struct error *err)
{
	(void)path;
	(void)err;
	return 0;
}
