/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dataset's overlay for the daemon itself: storage_open_root. A thread with mounts and a working
 * directory of its own mounts it, opens it and ends; from then on it hangs on its descriptors
 * alone, so that nobody else ever sees it and nothing of it can be left.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "host/linux/overlay.h"
#include "host/linux/overlay_check.h"
#include "host/storage.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

struct mounting {
	const char *layers; /* the directory that names of layers are relative to */
	const char *options;
	const char *upper; /* relative to that, too */
	int root; /* the result */
	struct error err; /* if that is -1 */
};

/*
 * With all names relative to the directory of layers, as mount(2) takes one page of options. That
 * is entered by its name: a descriptor would lead to the mounts that the others see.
 */
static int mount_overlay(const struct mounting *m, struct error *err)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *place = "../trash"; /* any directory that is always there */
	int fd = -1;

	if (unshare(CLONE_NEWNS | CLONE_FS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || chdir(m->layers) != 0 ||
		mount("overlay", place, "overlay", flags, m->options) != 0)
		return error_errno(err, errno, "cannot mount");
	if (overlay_check_writable(place, m->upper, err) == 0) {
		fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			error_errno(err, errno, "cannot open");
	}
	umount2(place, MNT_DETACH);
	return fd;
}

static void *run(void *arg)
{
	struct mounting *m = arg;

	m->root = mount_overlay(m, &m->err);
	return NULL;
}

int storage_open_root(struct storage *st, const char *dataset, struct error *err)
{
	AUTO(rootfs_free) struct rootfs root = {0};
	AUTO_FREE char *options = NULL, *upper = NULL;
	struct mounting m = {0};
	pthread_t thread;
	int rc;

	if (storage_rootfs(st, dataset, &root, err) != 0)
		return -1;
	if (root.lower == NULL)
		return storage_open_contents(st, dataset, err);
	m.layers = root.base;
	m.upper = upper = xasprintf("../%s/upper", dataset);
	m.options = options =
		xasprintf("lowerdir=%s,upperdir=../%s/upper,workdir=../%s/work,userxattr,volatile",
			root.lower, dataset, dataset);
	rc = pthread_create(&thread, NULL, run, &m);
	if (rc != 0)
		return error_errno(err, rc, "cannot make a thread for the overlay of %s", dataset);
	pthread_join(thread, NULL);
	if (m.root < 0)
		return error_set(err, m.err.kind, "the overlay of %s: %s", dataset, m.err.message);
	return m.root;
}

char *storage_epoch(struct storage *st)
{
	AUTO_CLOSE int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	char id[64];
	ssize_t n = fd < 0 ? -1 : read(fd, id, sizeof(id));

	return xstrndup(id, n > 0 ? (size_t)n : 0);
}
