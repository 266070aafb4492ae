#include "host/linux/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"

static const struct device {
	const char *path;
	unsigned int major, minor;
} devices[DEV_FILES] = {
	{"/dev/null", 1, 3},
	{"/dev/zero", 1, 5},
	{"/dev/full", 1, 7},
	{"/dev/random", 1, 8},
	{"/dev/urandom", 1, 9},
	{"/dev/tty", 5, 0},
};

static const struct link {
	const char *path, *target;
} links[] = {
	{"/dev/fd", "/proc/self/fd"},
	{"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
	{"/dev/ptmx", "pts/ptmx"},
};

int pseudo_mount(const char *type, const char *path, unsigned long flags, const char *options,
	struct error *err)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make %s in the container", path);
	if (mount(type, path, type, flags, options) != 0)
		return error_errno(
			err, errno, "cannot mount %s on %s in the container", type, path);
	return 0;
}

/* A devpts(5) of the container's own, mounted nowhere yet. */
static int make_devpts(struct error *err)
{
	AUTO_CLOSE int fs = fsopen("devpts", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", "devpts", 0) != 0 ||
		fsconfig(fs, FSCONFIG_SET_STRING, "ptmxmode", "0666", 0) != 0 ||
		fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0620", 0) != 0 ||
		fsconfig(fs, FSCONFIG_SET_STRING, "gid", "5", 0) != 0 ||
		fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0 ||
		(fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)) < 0)
		return error_errno(err, errno, "cannot make a devpts");
	return fd;
}

int dev_open(struct dev *dev, struct error *err)
{
	for (size_t i = 0; i < DEV_FILES; i++)
		dev->files[i] = -1;
	dev->opened = true;
	dev->devpts = make_devpts(err);
	if (dev->devpts < 0)
		return -1;
	for (size_t i = 0; i < DEV_FILES; i++) {
		dev->files[i] =
			open_tree(AT_FDCWD, devices[i].path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (dev->files[i] < 0)
			return error_errno(
				err, errno, "cannot open the host's %s", devices[i].path);
	}
	return 0;
}

void dev_close(struct dev *dev)
{
	for (size_t i = 0; i < DEV_FILES && dev->opened; i++)
		close_fd(&dev->files[i]);
	close_fd(&dev->devpts);
}

/*
 * A device of the container's own, or, in a user namespace, where no devices can be made, the
 * host's, whose mode and owner are out of reach there.
 */
static int make_device(const struct device *d, int host, struct error *err)
{
	AUTO_CLOSE int file = -1;

	if (mknod(d->path, S_IFCHR | 0666, makedev(d->major, d->minor)) == 0 &&
		chmod(d->path, 0666) == 0)
		return 0;
	if (errno == EPERM)
		file = open(d->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (file < 0 || move_mount(host, "", AT_FDCWD, d->path, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		return error_errno(err, errno, "cannot make %s in the container", d->path);
	return 0;
}

int dev_mount(const struct dev *dev, bool mqueue, struct error *err)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int result = pseudo_mount("tmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755,size=4m", err);

	for (size_t i = 0; i < DEV_FILES && result == 0; i++)
		result = make_device(&devices[i], dev->files[i], err);
	for (size_t i = 0; i < ARRAY_SIZE(links) && result == 0; i++)
		if (symlink(links[i].target, links[i].path) != 0)
			result = error_errno(
				err, errno, "cannot make %s in the container", links[i].path);
	if (result == 0 &&
		(mkdir("/dev/pts", 0755) != 0 || move_mount(dev->devpts, "", AT_FDCWD, "/dev/pts",
							 MOVE_MOUNT_F_EMPTY_PATH) != 0))
		result = error_errno(err, errno, "cannot mount /dev/pts in the container");
	if (result == 0)
		result = pseudo_mount("tmpfs", "/dev/shm", flags, "mode=1777,size=64m", err);
	if (result == 0 && mqueue)
		result = pseudo_mount("mqueue", "/dev/mqueue", flags, NULL, err);
	return result;
}
