/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/mounts.h"

#include <sys/param.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/freebsd/file_mounts.h"
#include "host/jail.h"

#define OPTIONS_MAX 16

static const char *option_value(const char *const options[], const char *name)
{
	for (size_t i = 0; options[i] != NULL; i += 2)
		if (strcmp(options[i], name) == 0)
			return options[i + 1];
	return "?";
}

static void put_option(struct iovec *iov, const char *name, const void *value, size_t len)
{
	iov[0] = (struct iovec){(void *)(uintptr_t)name, strlen(name) + 1};
	iov[1] = (struct iovec){(void *)(uintptr_t)value, len};
}

int mounts_add(const char *const options[], int flags, struct error *err)
{
	struct iovec iov[2 * OPTIONS_MAX];
	char reason[256] = "";
	unsigned n = 0;
	int saved;

	for (size_t i = 0; options[i] != NULL && n < 2 * (OPTIONS_MAX - 1); i += 2, n += 2)
		put_option(iov + n, options[i], options[i + 1], strlen(options[i + 1]) + 1);
	put_option(iov + n, "errmsg", reason, sizeof(reason));
	n += 2;
	if (nmount(iov, n, flags) == 0)
		return 0;
	saved = errno;
	reason[sizeof(reason) - 1] = '\0';
	return error_errno(err, saved, "mount of %s on %s%s%s", option_value(options, "fstype"),
		option_value(options, "fspath"), reason[0] != '\0' ? ": " : "", reason);
}

int mounts_read(struct mount_list *list, struct error *err)
{
	AUTO_FREE struct statfs *fs = NULL;
	int n, room;

	for (room = 64;; room = n + 64) {
		fs = xrealloc(fs, (size_t)room * sizeof(*fs));
		/* counts before it fills: mounts can be added in between */
		n = getfsstat(NULL, 0, MNT_NOWAIT);
		if (n < 0)
			return error_errno(err, errno, "list of mounts");
		if (n >= room)
			continue;
		n = getfsstat(fs, (long)((size_t)room * sizeof(*fs)), MNT_NOWAIT);
		if (n < 0)
			return error_errno(err, errno, "list of mounts");
		if (n < room)
			break;
	}
	for (int i = 0; i < n; i++)
		mount_list_add(list, fs[i].f_mntonname, fs[i].f_mntfromname, fs[i].f_fstypename,
			fs[i].f_fsid.val);
	return 0;
}

/* By its id: a path could lead elsewhere, or be hidden below another mount. */
static int unmount_one(const struct mount_entry *m, struct error *err)
{
	char id[64];

	snprintf(id, sizeof(id), "FSID:%d:%d", m->fsid[0], m->fsid[1]);
	if (unmount(id, MNT_BYFSID | MNT_FORCE) == 0 || errno == ENOENT)
		return 0;
	return error_errno(err, errno, "unmount of %s (%s)", m->on, m->type);
}

int mounts_remove_below(const char *root, bool at_root, bool *found, struct error *err)
{
	AUTO(mount_list_free) struct mount_list list = {0};
	AUTO_FREE size_t *order = NULL;
	struct error later;
	size_t n;
	int rc = 0;

	if (mounts_read(&list, err) < 0)
		return -1;
	order = xcalloc(list.n, sizeof(*order));
	n = mount_list_below(&list, root, at_root, order);
	if (n > 0 && found != NULL)
		*found = true;
	for (size_t i = 0; i < n; i++)
		if (unmount_one(&list.v[order[i]], rc == 0 ? err : &later) < 0)
			rc = -1;
	return rc;
}

int jail_check_file_mounts(const char *path, mode_t mode, struct error *err)
{
	int release = getosreldate();

	if (!S_ISREG(mode))
		return error_set(err, ERROR_INVALID,
			"cannot mount %s of the host: FreeBSD mounts directories and regular "
			"files, "
			"so mount the directory it is in",
			path);
	if (file_mounts_are_safe(release))
		return 0;
	return error_set(err, ERROR_INVALID,
		"a single file cannot be mounted on this kernel (osreldate %d), which may panic "
		"then: mount the directory it is in",
		release);
}

int jail_check_device(const char *path, struct error *err)
{
	return error_set(err, ERROR_INVALID,
		"cannot give %s by --device: on FreeBSD the rules of devfs(8) say which devices a "
		"container sees, -J devfs_ruleset=NUMBER",
		path);
}
