#include "host/linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/linux/dev.h"
#include "host/linux/handover.h"
#include "host/linux/overlay_check.h"

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

/* A file system of the container's beginnings, that goes with the host's tree. */
static int mount_scratch(struct error *err)
{
	AUTO_CLOSE int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	AUTO_CLOSE int fd = -1;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0 ||
		(fd = fsmount(fs, FSMOUNT_CLOEXEC, 0)) < 0 ||
		move_mount(fd, "", AT_FDCWD, SCRATCH, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		return error_errno(err, errno, "cannot mount a scratch file system");
	return take_fd(&fd);
}

/*
 * Mounts the root file system and changes to it. Returns a descriptor of an empty file outside of
 * it, or -1.
 */
static int mount_root(const struct jail_config *config, struct error *err)
{
	AUTO_CLOSE int scratch = -1;
	int result, empty;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return error_errno(err, errno, "cannot make the host's mounts private");
	scratch = mount_scratch(err);
	if (scratch < 0)
		return -1;
	if (config->root.lower == NULL)
		result = attach_tree(config->handover.fds[HANDOVER_DATA], scratch, "root", err);
	else
		result = mount_overlay(config, scratch, err);
	if (result != 0)
		return -1;
	empty = openat(scratch, "empty", O_CREAT | O_RDONLY | O_CLOEXEC, 0444);
	if (empty < 0 || fchdir(scratch) != 0 || chdir("root") != 0) {
		error_errno(err, errno, "cannot change to the container's root");
		close_fd(&empty);
	}
	return empty;
}

static int protect(const struct protection *p, const char *empty, struct error *err)
{
	const unsigned long read_only =
		MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *source = p->how == MASKED_FILE ? empty : p->path;
	int result;

	if (p->how == MASKED_DIRECTORY)
		result = mount("tmpfs", p->path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV,
			"size=0,mode=0555");
	else if ((result = mount(source, p->path, NULL, MS_BIND, NULL)) == 0)
		result = mount(NULL, p->path, NULL, read_only, NULL);
	if (result != 0 && errno != ENOENT && errno != ENOTDIR)
		return error_errno(err, errno, "cannot protect %s in the container", p->path);
	return 0;
}

/* ICMP sockets for every user, icmp(7). Not fatal: the kernel may be without IPv4. */
static void allow_icmp(void)
{
	AUTO_CLOSE int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "0 65535", 7);
}

/* The daemon's /sys, where the container could not make one. */
static int attach_sys(int tree, struct error *err)
{
	if ((mkdir("/sys", 0755) != 0 && errno != EEXIST) ||
		move_mount(tree, "", AT_FDCWD, "/sys", MOVE_MOUNT_F_EMPTY_PATH) != 0)
		return error_errno(err, errno, "cannot mount /sys in the container");
	return 0;
}

/*
 * Mounts the kernel's file systems; the new root is "/" already, the host's still below it. empty:
 * a file to mask others with.
 */
static int mount_system(
	const struct jail_config *config, unsigned int flags, int empty, struct error *err)
{
	const unsigned long mount_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", empty);
	if (pseudo_mount("proc", "/proc", mount_flags, NULL, err) != 0)
		return -1;
	if (flags & HANDOVER_HAS_SYS) {
		if (attach_sys(config->handover.fds[HANDOVER_SYS], err) != 0)
			return -1;
	} else if (pseudo_mount("sysfs", "/sys", mount_flags | MS_RDONLY, NULL, err) != 0) {
		return -1;
	}
	if ((flags & HANDOVER_ICMP) && config->driver != DRIVER_HOST)
		allow_icmp();
	for (size_t i = 0; i < ARRAY_SIZE(protections); i++)
		if (protect(&protections[i], path, err) != 0)
			return -1;
	return 0;
}

int mounts_make(const struct jail_config *config, unsigned int flags, struct error *err)
{
	AUTO(dev_close) struct dev dev = {.devpts = -1};
	AUTO_CLOSE int empty = -1;

	if (dev_open(&dev, err) != 0 || (empty = mount_root(config, err)) < 0)
		return -1;
	/* with both names ".", the old root ends up on top of the new one, as the working
	 * directory: pivot_root(2) */
	if (syscall(SYS_pivot_root, ".", ".") != 0)
		return error_errno(err, errno, "cannot change the root directory");
	if (mount_system(config, flags, empty, err) != 0 ||
		(config->devfs && dev_mount(&dev, !(flags & HANDOVER_HOST_IPC), err) != 0))
		return -1;
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return error_errno(err, errno, "cannot leave the host's file systems");
	return take_fd(&dev.devpts);
}
