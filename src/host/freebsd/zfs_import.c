/* SPDX-License-Identifier: BSD-2-Clause */
/* Datasets made from somebody else's. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "host/freebsd/zfs.h"
#include "host/freebsd/zfs_name.h"

/* The sending half of a copy, in a thread of its own. */
struct sending {
	struct zfs *zfs;
	const char *snapshot;
	int fd; /* closed when all is sent, or nothing more can be */
	atomic_bool failed; /* then *err says why */
	struct error err;
};

static void *send_all(void *arg)
{
	struct sending *s = arg;

	if (zfs_send(s->zfs, s->snapshot, s->fd, &s->err) < 0)
		atomic_store(&s->failed, true);
	close_fd(&s->fd);
	return NULL;
}

/* A received dataset has the snapshot, too; it was but the means. */
static int drop_received(
	struct zfs *z, const char *dataset, const char *snapshot, struct error *err)
{
	AUTO(strings_free) struct strings list = {0};
	struct error later;

	strings_add(&list, snapshot);
	if (zfs_destroy_snapshots(z, &list, err) == 0)
		return 0;
	zfs_destroy(z, dataset, &later);
	return -1;
}

static int copy_snapshot(
	struct zfs *z, const char *snapshot, const char *dataset, struct error *err)
{
	AUTO_FREE char *received = xasprintf("%s@copy", dataset);
	struct sending s = {.zfs = z, .snapshot = snapshot};
	pthread_t thread;
	int pair[2], result, failure;
	bool sender_failed;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_errno(err, errno, "pipe");
	s.fd = pair[1];
	failure = pthread_create(&thread, NULL, send_all, &s);
	if (failure != 0) {
		close(pair[0]);
		close(pair[1]);
		return error_errno(err, failure, "start a thread");
	}
	result = zfs_receive(z, received, pair[0], err);
	/* if one end fails, so does the other: what counts is who did before the pipe was closed */
	sender_failed = atomic_load(&s.failed);
	close(pair[0]);
	pthread_join(thread, NULL);
	if (result < 0 && sender_failed)
		*err = s.err;
	return result < 0 ? -1 : drop_received(z, dataset, received, err);
}

int zfs_import(
	struct zfs *z, const char *foreign, bool copy, const char *dataset, struct error *err)
{
	AUTO_FREE char *snapshot = xasprintf("%s@kleene-%s", foreign, strrchr(dataset, '/') + 1);
	AUTO_CLOSE int fd = -1;

	if (!copy && !zfs_name_same_pool(foreign, dataset))
		return error_set(err, ERROR_INVALID,
			"%s is in another ZFS pool than %s: it can be copied, but not cloned",
			foreign, dataset);
	fd = zfs_snapshot_passing(z, snapshot, err);
	if (fd < 0)
		return -1;
	return copy ? copy_snapshot(z, snapshot, dataset, err)
		    : zfs_clone(z, snapshot, dataset, err);
}
