/* Datasets made from somebody else's. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "host/freebsd/zfs.h"
#include "host/freebsd/zfs_name.h"

/* The sending half of a copy, in a thread of its own. */
struct sending {
	struct zfs *zfs;
	const char *snapshot;
	int fd; /* closed when all is sent, or nothing more can be */
	int result;
	struct error err;
};

static void *send_all(void *arg)
{
	struct sending *s = arg;

	s->result = zfs_send(s->zfs, s->snapshot, s->fd, &s->err);
	close_fd(&s->fd);
	return NULL;
}

/*
 * If one end fails, the other fails too: the sender with EPIPE, the receiver with a stream that
 * ends early. The reason is what the other one says.
 */
static int conclude(const struct sending *s, int received, struct error *err)
{
	if (s->result == 0 || (received < 0 && s->err.code == EPIPE))
		return received;
	*err = s->err;
	return -1;
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
	close(pair[0]);
	pthread_join(thread, NULL);
	if (result < 0)
		return conclude(&s, result, err);
	if (drop_received(z, dataset, received, err) < 0)
		return -1;
	result = conclude(&s, result, err);
	if (result < 0) {
		struct error later;

		zfs_destroy(z, dataset, &later);
	}
	return result;
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
