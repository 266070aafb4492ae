/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/inside.h"
#include "host/linux/pseudo.h"

#define SHM_SIZE (64 << 20) /* bytes, unless the container has a size of its own */

static const struct device {
	const char *name, *path; /* in the container's /dev; on the host */
	unsigned int major, minor;
} devices[DEV_FILES] = {
	{"null", "/dev/null", 1, 3},
	{"zero", "/dev/zero", 1, 5},
	{"full", "/dev/full", 1, 7},
	{"random", "/dev/random", 1, 8},
	{"urandom", "/dev/urandom", 1, 9},
	{"tty", "/dev/tty", 5, 0},
};

static const struct link {
	const char *name, *target;
} links[] = {
	{"stdin", "/proc/self/fd/0"},
	{"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"},
	{"ptmx", "pts/ptmx"},
};

/* What is mounted in there. */
static const char *const directories[] = {"pts", "shm", "mqueue"};

/*
 * A device of the container's own, or, in a user namespace, where no devices can be made, the
 * host's, whose mode and owner are out of reach there.
 */
static int make_device(struct dev *dev, size_t i, struct error *err)
{
	const struct device *d = &devices[i];
	AUTO_CLOSE int place = -1;

	if (mknodat(dev->root, d->name, S_IFCHR | 0666, makedev(d->major, d->minor)) == 0 &&
		fchmodat(dev->root, d->name, 0666, 0) == 0)
		return 0;
	if (errno == EPERM)
		place = openat(dev->root, d->name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (place < 0)
		return error_errno(err, errno, "cannot make %s in the container", d->path);
	dev->files[i] = open_tree(AT_FDCWD, d->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (dev->files[i] < 0)
		return error_errno(err, errno, "cannot open the host's %s", d->path);
	return 0;
}

static int make_link(const struct dev *dev, const struct link *l, struct error *err)
{
	if (symlinkat(l->target, dev->root, l->name) != 0)
		return error_errno(err, errno, "cannot make /dev/%s in the container", l->name);
	return 0;
}

/* What /dev itself holds. */
static int fill(struct dev *dev, const struct jail_config *config, struct error *err)
{
	const struct link descriptors = {"fd", "/proc/self/fd"};

	for (size_t i = 0; i < DEV_FILES; i++)
		if (make_device(dev, i, err) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (make_link(dev, &links[i], err) != 0)
			return -1;
	if (!pseudo_is_off(config, "mount.fdescfs") && make_link(dev, &descriptors, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (mkdirat(dev->root, directories[i], 0755) != 0)
			return error_errno(
				err, errno, "cannot make /dev/%s in the container", directories[i]);
	return 0;
}

static int make_shm(struct dev *dev, uint64_t size, unsigned int attributes, struct error *err)
{
	AUTO_FREE char *options =
		xasprintf("mode=1777,size=%llu", (unsigned long long)(size ? size : SHM_SIZE));

	dev->shm = detached_make("tmpfs", options, attributes, err);
	return dev->shm < 0 ? -1 : 0;
}

int dev_open(struct dev *dev, const struct jail_config *config, bool mqueue, struct error *err)
{
	const unsigned int no_files = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	const unsigned int plain = no_files | MOUNT_ATTR_NODEV;

	dev->devpts = detached_make("devpts", "ptmxmode=0666,mode=0620,gid=5", no_files, err);
	if (dev->devpts < 0)
		return -1;
	if (!config->devfs)
		return 0;
	dev->root = detached_make("tmpfs", "mode=0755,size=4m", no_files, err);
	if (dev->root < 0 || fill(dev, config, err) != 0)
		return -1;
	if (make_shm(dev, config->confinement.shm_size, plain, err) != 0)
		return -1;
	return mqueue && (dev->mqueue = detached_make("mqueue", NULL, plain, err)) < 0 ? -1 : 0;
}

void dev_close(struct dev *dev)
{
	for (size_t i = 0; i < DEV_FILES; i++)
		close_fd(&dev->files[i]);
	close_fd(&dev->devpts);
	close_fd(&dev->shm);
	close_fd(&dev->mqueue);
	close_fd(&dev->root);
}

/* Mounts on something in /dev, which is ours and which nobody else has changed yet. */
static int attach_in(const struct dev *dev, const char *name, int tree, struct mounted *mounted,
	struct error *err)
{
	AUTO_CLOSE int place = openat(dev->root, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (place < 0)
		return error_errno(err, errno, "cannot open /dev/%s of the container", name);
	return detached_attach(tree, place, name, mounted, err);
}

int dev_attach(const struct dev *dev, int root, struct mounted *mounted, struct error *err)
{
	const int trees[] = {dev->devpts, dev->shm, dev->mqueue}; /* as in directories */
	AUTO_CLOSE int place = -1;

	if (dev->root < 0)
		return 0;
	place = inside_own_directory(root, "dev", err);
	if (place < 0 || detached_attach(dev->root, place, "/dev", mounted, err) != 0)
		return -1;
	for (size_t i = 0; i < DEV_FILES; i++)
		if (dev->files[i] >= 0 &&
			attach_in(dev, devices[i].name, dev->files[i], mounted, err) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		if (trees[i] >= 0 && attach_in(dev, directories[i], trees[i], mounted, err) != 0)
			return -1;
	return 0;
}
