/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread with mounts of its own makes the node in a file system in memory, and takes a copy of
 * that mount; nobody else ever sees it, and it goes with its last descriptor.
 */
#include "host/linux/device_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/linux/handover.h"
#include "host/linux/ids.h"

struct making {
	const char *path;
	struct stat node; /* with owner and group as they are to be */
	int tree; /* the result */
	struct error err; /* if that is -1 */
};

static int make_node(const struct making *m, struct error *err)
{
	const unsigned long flags = MS_NOSUID | MS_NOEXEC;
	int fd;

	if (unshare(CLONE_NEWNS | CLONE_FS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("tmpfs", SCRATCH, "tmpfs", flags, "mode=0755,size=64k") != 0 ||
		chdir(SCRATCH) != 0)
		return error_errno(err, errno, "cannot make a place for %s", m->path);
	if (mknod("device", m->node.st_mode & S_IFMT, m->node.st_rdev) != 0 ||
		chown("device", m->node.st_uid, m->node.st_gid) != 0 ||
		chmod("device", m->node.st_mode & 0777) != 0)
		return error_errno(err, errno, "cannot make %s for the container", m->path);
	fd = open_tree(AT_FDCWD, "device", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "cannot take %s for the container", m->path);
	return fd;
}

static void *run(void *arg)
{
	struct making *m = arg;

	m->tree = make_node(m, &m->err);
	return NULL;
}

static id_t mapped(id_t id, uid_t first)
{
	if (first == 0)
		return id;
	return first + (id < IDS_COUNT ? id : 0);
}

int device_tree_make(const char *path, uid_t first, struct error *err)
{
	struct making m = {.path = path};
	pthread_t thread;
	int rc;

	if (stat(path, &m.node) != 0)
		return error_errno(err, errno, "cannot give the host's %s", path);
	if (!S_ISCHR(m.node.st_mode) && !S_ISBLK(m.node.st_mode))
		return error_set(
			err, ERROR_INVALID, "cannot give the host's %s: it is no device", path);
	m.node.st_uid = mapped(m.node.st_uid, first);
	m.node.st_gid = mapped(m.node.st_gid, first);
	rc = pthread_create(&thread, NULL, run, &m);
	if (rc != 0)
		return error_errno(err, rc, "cannot make a thread for %s", path);
	pthread_join(thread, NULL);
	if (m.tree < 0)
		*err = m.err;
	return m.tree;
}
