/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/devfs.h"

#include <sys/param.h>
#include <sys/queue.h> /* 14's <fs/devfs/devfs.h> needs it first */

#include <errno.h>
#include <fcntl.h>
#include <fs/devfs/devfs.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "host/freebsd/mounts.h"
#include "host/inside.h"

/* A set without rules is there as long as another includes it, and would hide nothing. */
int devfs_check_ruleset(int ruleset, struct error *err)
{
	struct devfs_rule first = {.dr_magic = DEVFS_MAGIC};
	AUTO_CLOSE int fd = -1;

	if (ruleset == 0)
		return 0;
	if (ruleset < 0 || ruleset > UINT16_MAX)
		return error_set(err, ERROR_INVALID, "there is no devfs ruleset %d", ruleset);
	fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "/dev");
	first.dr_id = mkrid((devfs_rsnum)ruleset, 0); /* the rule behind number 0 */
	if (ioctl(fd, DEVFSIO_RGETNEXT, &first) == 0)
		return 0;
	return error_set(err, ERROR_SYSTEM,
		"devfs ruleset %d is not loaded on the host (service devfs start loads it)",
		ruleset);
}

int devfs_mount(const char *root, int ruleset, struct error *err)
{
	AUTO_CLOSE int back = -1, dev = -1, dir = -1;
	char number[16];
	const char *options[] = {"fstype", "devfs", "fspath", ".", "from", "devfs",
		ruleset != 0 ? "ruleset" : NULL, number, NULL};
	int rc;

	snprintf(number, sizeof(number), "%d", ruleset);
	if (devfs_check_ruleset(ruleset, err) < 0)
		return -1;
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return error_errno(err, errno, "%s", root);
	dev = inside_own_directory(dir, "dev", err);
	if (dev < 0)
		return -1;
	back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (back < 0 || fchdir(dev) < 0)
		return error_errno(err, errno, "%s/dev", root);
	/* "." is the directory that was looked at, whatever its path now leads to */
	rc = mounts_add(options, 0, err);
	if (rc < 0)
		error_prefix(err, "%s/dev", root);
	if (fchdir(back) < 0 && chdir("/") < 0 && rc == 0)
		rc = error_errno(err, errno, "return from %s/dev", root);
	return rc;
}
