/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/linux/dev.h"
#include "host/linux/handover.h"
#include "host/linux/kernelfs.h"
#include "host/linux/overlay_check.h"
#include "host/linux/pseudo.h"
#include "host/linux/sysctls.h"

/* Attaches a tree from the daemon to a new directory of the scratch file system. */
static int attach_tree(int tree, int scratch, const char *name, struct error *err)
{
	if (mkdirat(scratch, name, 0700) != 0 ||
		move_mount(tree, "", scratch, name, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		return error_errno(err, errno, "cannot attach the container's %s", name);
	return 0;
}

/*
 * An overlay over the trees from the daemon. They are attached to a scratch file system: the
 * directories they are of may be out of this user namespace's reach.
 */
static int mount_overlay(const struct jail_config *config, int scratch, struct error *err)
{
	AUTO_FREE char *options = NULL;

	if (attach_tree(config->handover.fds[HANDOVER_DATA], scratch, "data", err) != 0 ||
		attach_tree(config->handover.fds[HANDOVER_LAYERS], scratch, "layers", err) != 0)
		return -1;
	/* mount(2) takes one page of options: the layers' names are relative to their directory */
	if (mkdirat(scratch, "root", 0700) != 0 || fchdir(scratch) != 0 || chdir("layers") != 0)
		return error_errno(err, errno, "cannot change to the container's layers");
	/* "volatile": without writing everything to disk when it is unmounted */
	options = xasprintf("lowerdir=%s,upperdir=../data/upper,workdir=../data/work,userxattr%s",
		config->root.lower, config->root.unsynced ? ",volatile" : "");
	if (mount("overlay", "../root", "overlay", 0, options) != 0)
		return error_errno(err, errno, "cannot mount the container's overlay");
	return overlay_check_writable("../root", "../data/upper", err);
}

/* A file system of the container's beginnings; of its mount, files alone outlive the host's tree.
 */
static int mount_scratch(struct error *err)
{
	AUTO_CLOSE int fd = detached_make("tmpfs", "size=4m", 0, err);

	if (fd < 0)
		return -1;
	if (move_mount(fd, "", AT_FDCWD, SCRATCH, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		return error_errno(err, errno, "cannot mount a scratch file system");
	return take_fd(&fd);
}

static int make_masks(int scratch, struct kernelfs *kernelfs, struct error *err)
{
	AUTO_CLOSE int empty = openat(scratch, "empty", O_CREAT | O_RDONLY | O_CLOEXEC, 0444);

	if (empty < 0)
		return error_errno(err, errno, "cannot make an empty file");
	return kernelfs_open_masks(kernelfs, empty, err);
}

static int make_texts(
	const struct jail_config *config, int scratch, int texts[TEXTS_MAX], struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < config->nmounts; i++) {
		char name[] = "text0";

		if (!is_text(&config->mounts[i]))
			continue;
		if (n == TEXTS_MAX)
			return error_set(err, ERROR_SYSTEM, "too many files in memory");
		name[sizeof(name) - 2] = (char)('0' + n);
		texts[n] = text_tree(&config->mounts[i], scratch, name, err);
		if (texts[n++] < 0)
			return -1;
	}
	return 0;
}

/* Mounts the root file system, and makes it the working directory. */
static int mount_root(const struct jail_config *config, struct kernelfs *kernelfs,
	int texts[TEXTS_MAX], struct error *err)
{
	AUTO_CLOSE int scratch = mount_scratch(err);
	int result;

	if (scratch < 0)
		return -1;
	if (config->root.lower == NULL)
		result = attach_tree(config->handover.fds[HANDOVER_DATA], scratch, "root", err);
	else
		result = mount_overlay(config, scratch, err);
	if (result != 0 || make_masks(scratch, kernelfs, err) != 0 ||
		make_texts(config, scratch, texts, err) != 0)
		return -1;
	if (fchdir(scratch) != 0 || chdir("root") != 0)
		return error_errno(err, errno, "cannot change to the container's root");
	return 0;
}

/* The working directory becomes the root, and the host's tree goes for good. */
static int leave_host(struct error *err)
{
	/* with both names ".", the old root ends up on top of the new one, as the working
	 * directory: pivot_root(2) */
	if (syscall(SYS_pivot_root, ".", ".") != 0)
		return error_errno(err, errno, "cannot change the root directory");
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return error_errno(err, errno, "cannot leave the host's file systems");
	return root_check(err);
}

/* What is made before the host's tree goes, and attached when it has gone. */
struct parts {
	struct kernelfs kernelfs;
	struct dev dev;
	int *texts; /* TEXTS_MAX of them */
};

static int make_all(const struct jail_config *config, unsigned int flags, struct parts *parts,
	struct error *err)
{
	struct kernelfs *kernelfs = &parts->kernelfs;
	struct dev *dev = &parts->dev;
	bool icmp = (flags & HANDOVER_ICMP) != 0 && config->driver != DRIVER_HOST;
	int sys = flags & HANDOVER_HAS_SYS ? config->handover.fds[HANDOVER_SYS] : -1;
	struct mounted mounted = {.n = 0};
	AUTO_CLOSE int root = -1;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return error_errno(err, errno, "cannot make the host's mounts private");
	if (kernelfs_open(kernelfs, sys, err) != 0 ||
		sysctls_set(&config->confinement.sysctls, kernelfs->proc, err) != 0 ||
		dev_open(dev, config, !(flags & HANDOVER_HOST_IPC), err) != 0 ||
		mount_root(config, kernelfs, parts->texts, err) != 0 || leave_host(err) != 0)
		return -1;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, errno, "cannot open the container's root directory");
	if (mounted_note(&mounted, root, err) != 0 ||
		kernelfs_attach(kernelfs, root, icmp, &mounted, err) != 0 ||
		dev_attach(dev, root, &mounted, err) != 0 ||
		mounted_check(&mounted, kernelfs->proc, err) != 0)
		return -1;
	return take_fd(&root);
}

int mounts_make(
	const struct jail_config *config, unsigned int flags, struct mounts *m, struct error *err)
{
	struct parts parts = {KERNELFS_NONE, DEV_NONE, m->texts};

	*m = (struct mounts){-1, -1, -1, {-1, -1}};
	m->root = make_all(config, flags, &parts, err);
	if (m->root >= 0) {
		m->devpts = take_fd(&parts.dev.devpts);
		m->proc = take_fd(&parts.kernelfs.proc);
	} else {
		mounts_close(m);
	}
	dev_close(&parts.dev);
	kernelfs_close(&parts.kernelfs);
	return m->root < 0 ? -1 : 0;
}

/* The root's own mount; what is mounted in it is as it says itself. */
static int make_read_only(int root, struct error *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	if (mount_setattr(root, "", AT_EMPTY_PATH, &attr, sizeof(attr)) != 0)
		return error_errno(err, errno, "cannot make the container's root read-only");
	return 0;
}

static void close_texts(struct mounts *m)
{
	for (size_t i = 0; i < TEXTS_MAX; i++)
		close_fd(&m->texts[i]);
}

int mounts_finish(const struct jail_config *config, struct mounts *m, struct error *err)
{
	/* with all that masks parts of it */
	if (pseudo_is_off(config, "mount.procfs") &&
		(fchdir(m->proc) != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0))
		return error_errno(err, errno, "cannot unmount /proc in the container");
	close_fd(&m->proc);
	close_texts(m);
	if (config->confinement.read_only && make_read_only(m->root, err) != 0)
		return -1;
	return root_check(err);
}

void mounts_close(struct mounts *m)
{
	close_texts(m);
	close_fd(&m->proc);
	close_fd(&m->devpts);
	close_fd(&m->root);
}
