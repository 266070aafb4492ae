#include "host/linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"

/* Kernel interfaces that are the host's even in a container's /proc and /sys. */
static const struct protection {
	const char *path;
	enum { READ_ONLY, MASKED_FILE, MASKED_DIRECTORY } how;
} protections[] = {
	{"/proc/bus", READ_ONLY},
	{"/proc/fs", READ_ONLY},
	{"/proc/irq", READ_ONLY},
	{"/proc/sys", READ_ONLY},
	{"/proc/sysrq-trigger", READ_ONLY},
	{"/proc/kcore", MASKED_FILE},
	{"/proc/keys", MASKED_FILE},
	{"/proc/sched_debug", MASKED_FILE},
	{"/proc/timer_list", MASKED_FILE},
	{"/proc/acpi", MASKED_DIRECTORY},
	{"/proc/scsi", MASKED_DIRECTORY},
	{"/sys/firmware", MASKED_DIRECTORY},
};

static const struct device {
	const char *path;
	unsigned int major, minor;
} devices[] = {
	{"/dev/null", 1, 3},
	{"/dev/zero", 1, 5},
	{"/dev/full", 1, 7},
	{"/dev/random", 1, 8},
	{"/dev/urandom", 1, 9},
	{"/dev/tty", 5, 0},
};

static const struct link {
	const char *path, *target;
} device_links[] = {
	{"/dev/fd", "/proc/self/fd"},
	{"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
	{"/dev/ptmx", "pts/ptmx"},
};

/* mount(2) of a pseudo file system; its directory is made when missing. */
static int mount_pseudo(const char *type, const char *path, unsigned long flags,
	const char *options, struct error *err)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make %s in the container", path);
	if (mount(type, path, type, flags, options) != 0)
		return error_errno(
			err, errno, "cannot mount %s on %s in the container", type, path);
	return 0;
}

static int mount_root(const struct rootfs *root, struct error *err)
{
	AUTO_FREE char *options = NULL;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return error_errno(err, errno, "cannot make the host's mounts private");
	if (root->lower == NULL) {
		if (mount(root->path, root->path, NULL, MS_BIND, NULL) != 0)
			return error_errno(err, errno, "cannot bind %s", root->path);
		return 0;
	}
	/* mount(2) takes one page of options: the layers' names are relative to their directory */
	if (chdir(root->base) != 0)
		return error_errno(err, errno, "cannot change to %s", root->base);
	options = xasprintf("lowerdir=%s,upperdir=%s/upper,workdir=%s/work,userxattr", root->lower,
		root->path, root->path);
	if (mount("overlay", root->path, "overlay", 0, options) != 0)
		return error_errno(err, errno, "cannot mount an overlay on %s", root->path);
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

static int fill_dev(int devpts, struct error *err)
{
	mode_t mask = umask(0);
	int result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(devices) && result == 0; i++)
		if (mknod(devices[i].path, S_IFCHR | 0666,
			    makedev(devices[i].major, devices[i].minor)) != 0)
			result = error_errno(
				err, errno, "cannot make %s in the container", devices[i].path);
	for (size_t i = 0; i < ARRAY_SIZE(device_links) && result == 0; i++)
		if (symlink(device_links[i].target, device_links[i].path) != 0)
			result = error_errno(err, errno, "cannot make %s in the container",
				device_links[i].path);
	umask(mask);
	if (result == 0 &&
		(mkdir("/dev/pts", 0755) != 0 ||
			move_mount(devpts, "", AT_FDCWD, "/dev/pts", MOVE_MOUNT_F_EMPTY_PATH) != 0))
		result = error_errno(err, errno, "cannot mount /dev/pts in the container");
	if (result == 0)
		result = mount_pseudo("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			"mode=1777,size=64m", err);
	if (result == 0)
		result = mount_pseudo(
			"mqueue", "/dev/mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err);
	return result;
}

static int protect(const struct protection *p, const char *null, struct error *err)
{
	const unsigned long read_only =
		MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int result;

	if (p->how == MASKED_DIRECTORY)
		result = mount("tmpfs", p->path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV,
			"size=0,mode=0555");
	else if (p->how == MASKED_FILE)
		result = mount(null, p->path, NULL, MS_BIND, NULL);
	else if ((result = mount(p->path, p->path, NULL, MS_BIND, NULL)) == 0)
		result = mount(NULL, p->path, NULL, read_only, NULL);
	if (result != 0 && errno != ENOENT && errno != ENOTDIR)
		return error_errno(err, errno, "cannot protect %s in the container", p->path);
	return 0;
}

/* Mounts the kernel's file systems; the new root is "/" already. null: the host's /dev/null. */
static int mount_system(bool devfs, int devpts, int null, struct error *err)
{
	AUTO_FREE char *null_path = xasprintf("/proc/self/fd/%d", null);

	if (mount_pseudo("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err) != 0 ||
		mount_pseudo("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL,
			err) != 0)
		return -1;
	if (devfs && (mount_pseudo("tmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755,size=4m",
			      err) != 0 ||
			     fill_dev(devpts, err) != 0))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(protections); i++)
		if (protect(&protections[i], null_path, err) != 0)
			return -1;
	return 0;
}

int mounts_make(const struct rootfs *root, bool devfs, struct error *err)
{
	AUTO_CLOSE int null = open("/dev/null", O_PATH | O_CLOEXEC);
	AUTO_CLOSE int devpts = make_devpts(err);

	if (devpts < 0 || mount_root(root, err) != 0)
		return -1;
	/* with both names ".", the old root ends up on top of the new one, as the working
	 * directory: pivot_root(2) */
	if (chdir(root->path) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		return error_errno(err, errno, "cannot make %s the root directory", root->path);
	if (mount_system(devfs, devpts, null, err) != 0)
		return -1;
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return error_errno(err, errno, "cannot leave the host's file systems");
	return take_fd(&devpts);
}
