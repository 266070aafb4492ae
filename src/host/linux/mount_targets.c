/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/mount_targets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host/inside.h"
#include "host/linux/pseudo.h"
#include "host/populate.h"

/* What is mounted over these files would be taken for the kernel's own word. */
static int check_place(int fd, struct error *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return error_errno(err, errno, "cannot examine the file system");
	if (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC)
		return error_set(err, ERROR_CONFLICT, "nothing can be mounted in %s",
			fs.f_type == SYSFS_MAGIC ? "/sys" : "/proc");
	return 0;
}

static int attach(int root, const struct jail_mount *m, int tree, struct error *err)
{
	AUTO(inside_free) struct inside where = {.fd = -1, .parent = -1};
	struct stat st;

	if (fstat(tree, &st) != 0)
		return error_errno(err, errno, "cannot examine the source");
	if (inside_make(root, m->destination, S_ISDIR(st.st_mode), &where, err) != 0 ||
		check_place(where.fd, err) != 0)
		return -1;
	/* to the descriptor: what its path leads to by now does not matter */
	if (move_mount(tree, "", where.fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
		0)
		return error_errno(err, errno, "cannot mount");
	return 0;
}

/* Trees that are there before, each kind in the order of the mounts. */
struct trees {
	const int *daemons, *texts;
};

/* A new file system, or the next of the trees. */
static int attach_next(const struct mounts *mounts, const struct jail_mount *m, struct trees *trees,
	struct error *err)
{
	AUTO_CLOSE int made = -1;

	if (m->type == NULL || is_text(m))
		return attach(mounts->root, m, m->type ? *trees->texts++ : *trees->daemons++, err);
	made = pseudo_tree(m, mounts->proc, err);
	return made < 0 ? -1 : attach(mounts->root, m, made, err);
}

/* Fills a volume with what its place holds, after which it may become read-only. */
static int fill(int root, const struct jail_mount *m, int tree, struct error *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	if (populate_from(root, m->destination, tree, err) != 0)
		return -1;
	if (m->read_only &&
		mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) != 0)
		return error_errno(err, errno, "cannot make it read-only");
	return 0;
}

/* All of them before the first mount, which could hide what the container itself has. */
static int fill_all(const struct jail_config *config, int root, const int *trees, struct error *err)
{
	for (size_t i = 0; i < config->nmounts; i++) {
		const struct jail_mount *m = &config->mounts[i];
		int tree = m->type == NULL ? *trees++ : -1;

		if (m->populate && fill(root, m, tree, err) != 0)
			return error_prefix(err, "mount on %s", m->destination);
	}
	return 0;
}

int mount_targets_attach(
	const struct jail_config *config, const struct mounts *mounts, struct error *err)
{
	struct trees trees = {.texts = mounts->texts};

	if (config->handover.nfds < jail_sources(config))
		return error_set(err, ERROR_SYSTEM, "a mount came without its tree");
	trees.daemons = config->handover.fds + (config->handover.nfds - jail_sources(config));
	if (fill_all(config, mounts->root, trees.daemons, err) != 0)
		return -1;
	for (size_t i = 0; i < config->nmounts; i++)
		if (attach_next(mounts, &config->mounts[i], &trees, err) != 0)
			return error_prefix(err, "mount on %s", config->mounts[i].destination);
	return 0;
}
