/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/kernelfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/inside.h"

#define PLAIN (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/*
 * Kernel interfaces that are the host's even in a container's /proc and /sys. In a user namespace
 * the kernel itself refuses some of them, but not every container has one.
 */
static const struct protection {
	enum { PROC, SYS } in;
	const char *name;
	enum { READ_ONLY, MASKED_FILE, MASKED_DIRECTORY } how;
} protections[PROTECTIONS] = {
	{PROC, "bus", READ_ONLY},
	{PROC, "fs", READ_ONLY},
	{PROC, "irq", READ_ONLY},
	{PROC, "pressure", READ_ONLY}, /* what is written makes the kernel watch for it */
	{PROC, "sys", READ_ONLY},
	{PROC, "sysrq-trigger", READ_ONLY},
	{PROC, "interrupts", MASKED_FILE},
	{PROC, "iomem", MASKED_FILE},
	{PROC, "kcore", MASKED_FILE},
	{PROC, "keys", MASKED_FILE},
	{PROC, "kpagecgroup", MASKED_FILE},
	{PROC, "kpagecount", MASKED_FILE},
	{PROC, "kpageflags", MASKED_FILE},
	{PROC, "latency_stats", MASKED_FILE},
	{PROC, "sched_debug", MASKED_FILE},
	{PROC, "slabinfo", MASKED_FILE},
	{PROC, "timer_list", MASKED_FILE},
	{PROC, "vmallocinfo", MASKED_FILE},
	{PROC, "acpi", MASKED_DIRECTORY},
	{PROC, "asound", MASKED_DIRECTORY},
	{PROC, "scsi", MASKED_DIRECTORY},
	{SYS, "kernel/notes", MASKED_FILE},
	{SYS, "kernel/vmcoreinfo", MASKED_FILE},
	{SYS, "devices/virtual/powercap", MASKED_DIRECTORY},
	{SYS, "firmware", MASKED_DIRECTORY},
	{SYS, "kernel/btf", MASKED_DIRECTORY},
};

/* Opens what is to be protected, in a file system of the kernel's; -1: there is no such thing. */
static int open_protected(const struct kernelfs *k, const struct protection *p)
{
	return openat(p->in == SYS ? k->sys : k->proc, p->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int kernelfs_open(struct kernelfs *k, int sys, struct error *err)
{
	k->proc = detached_make("proc", NULL, PLAIN, err);
	if (k->proc < 0)
		return -1;
	if (sys < 0)
		k->sys = detached_make("sysfs", NULL, PLAIN | MOUNT_ATTR_RDONLY, err);
	else if ((k->sys = fcntl(sys, F_DUPFD_CLOEXEC, 0)) < 0)
		error_errno(err, errno, "cannot take the daemon's /sys");
	return k->sys < 0 ? -1 : 0;
}

int kernelfs_open_masks(struct kernelfs *k, int empty, struct error *err)
{
	for (size_t i = 0; i < PROTECTIONS; i++) {
		const struct protection *p = &protections[i];
		AUTO_CLOSE int there = open_protected(k, p);

		if (there < 0 || p->how == READ_ONLY)
			continue;
		if (p->how == MASKED_FILE)
			k->masks[i] = detached_copy(empty, p->name, PLAIN | MOUNT_ATTR_RDONLY, err);
		else
			k->masks[i] = detached_make(
				"tmpfs", "size=0,mode=0555", PLAIN | MOUNT_ATTR_RDONLY, err);
		if (k->masks[i] < 0)
			return -1;
	}
	return 0;
}

void kernelfs_close(struct kernelfs *k)
{
	for (size_t i = 0; i < PROTECTIONS; i++)
		close_fd(&k->masks[i]);
	close_fd(&k->sys);
	close_fd(&k->proc);
}

static int protect(const struct kernelfs *k, size_t i, struct mounted *mounted, struct error *err)
{
	const struct protection *p = &protections[i];
	AUTO_CLOSE int place = open_protected(k, p);
	AUTO_CLOSE int copy = -1;

	if (place < 0)
		return 0;
	if (p->how != READ_ONLY)
		return detached_attach(k->masks[i], place, p->name, mounted, err);
	copy = detached_copy(place, p->name, PLAIN | MOUNT_ATTR_RDONLY, err);
	return copy < 0 ? -1 : detached_attach(copy, place, p->name, mounted, err);
}

/* Not fatal: the kernel may be without IPv4. */
static void allow_icmp(const struct kernelfs *k)
{
	AUTO_CLOSE int fd = openat(k->proc, "sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "0 65535", 7);
}

static int attach_one(
	int tree, int root, const char *name, struct mounted *mounted, struct error *err)
{
	AUTO_CLOSE int place = inside_own_directory(root, name, err);

	return place < 0 ? -1 : detached_attach(tree, place, name, mounted, err);
}

int kernelfs_attach(
	const struct kernelfs *k, int root, bool icmp, struct mounted *mounted, struct error *err)
{
	if (attach_one(k->proc, root, "proc", mounted, err) != 0 ||
		attach_one(k->sys, root, "sys", mounted, err) != 0)
		return -1;
	if (icmp)
		allow_icmp(k);
	for (size_t i = 0; i < PROTECTIONS; i++)
		if (protect(k, i, mounted, err) != 0)
			return -1;
	return 0;
}
