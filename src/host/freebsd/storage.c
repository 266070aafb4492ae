/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storage on ZFS: dataset "kind/id" is <root>/kind/id, mounted at <mount point of root>/kind/id,
 * as an inherited mount point has it.
 */
#include "host/storage.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "host/freebsd/mounts.h"
#include "host/freebsd/storage_root.h"
#include "host/freebsd/zfs.h"
#include "host/freebsd/zfs_name.h"

const char storage_default_root[] = "zroot/kleene";

struct storage {
	struct zfs *zfs;
	char *root; /* the dataset */
	char *directory; /* where that is mounted */
	pthread_mutex_t mounting; /* held while something is mounted that others may want, too */
};

static char *full_name(const struct storage *st, const char *dataset)
{
	return xasprintf("%s/%s", st->root, dataset);
}

const char *storage_driver(const struct storage *st)
{
	return "zfs";
}

const char *storage_directory(const struct storage *st)
{
	return st->directory;
}

char *storage_path(const struct storage *st, const char *dataset)
{
	return xasprintf("%s/%s", st->directory, dataset);
}

char *storage_dataset_name(const struct storage *st, const char *dataset)
{
	return full_name(st, dataset);
}

/* True if what is at path is the file system of the dataset. */
static bool mounted_at(const char *name, const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && strcmp(fs.f_mntfromname, name) == 0 &&
	       strcmp(fs.f_mntonname, path) == 0;
}

static int mount_dataset(const char *name, const char *path, struct error *err)
{
	const char *const options[] = {"fstype", "zfs", "fspath", path, "from", name, NULL};

	if (mounted_at(name, path))
		return 0;
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return error_errno(err, errno, "mkdir %s", path);
	/* EBUSY: another process was first */
	if (mounts_add(options, 0, err) < 0 && !mounted_at(name, path))
		return -1;
	return 0;
}

/*
 * For what several threads may find not mounted at once: the second would get EBUSY while the first
 * one's mount is not to be seen yet.
 */
static int mount_once(struct storage *st, const char *name, const char *path, struct error *err)
{
	int rc;

	pthread_mutex_lock(&st->mounting);
	rc = mount_dataset(name, path, err);
	pthread_mutex_unlock(&st->mounting);
	return rc;
}

/* Makes <root>/<kind> for the first dataset of that kind, and mounts it if it is not. */
static int ensure_kind(struct storage *st, const char *dataset, struct error *err)
{
	size_t len = strcspn(dataset, "/");
	AUTO_FREE char *kind = xstrndup(dataset, len);
	AUTO_FREE char *name = full_name(st, kind);
	AUTO_FREE char *path = storage_path(st, kind);

	if (mounted_at(name, path))
		return 0;
	if (!zfs_exists(st->zfs, name) && zfs_create(st->zfs, name, err) < 0 &&
		err->kind != ERROR_CONFLICT)
		return -1;
	return mount_once(st, name, path, err);
}

int storage_create(struct storage *st, const char *dataset, struct error *err)
{
	AUTO_FREE char *name = full_name(st, dataset);
	AUTO_FREE char *path = storage_path(st, dataset);
	struct error later;

	if (ensure_kind(st, dataset, err) < 0 || zfs_create(st->zfs, name, err) < 0)
		return -1;
	if (mount_dataset(name, path, err) == 0)
		return 0;
	zfs_destroy(st->zfs, name, &later);
	return -1;
}

int storage_clone(struct storage *st, const char *origin, const char *snapshot, const char *dataset,
	struct error *err)
{
	AUTO_FREE char *from = xasprintf("%s/%s@%s", st->root, origin, snapshot);
	AUTO_FREE char *name = full_name(st, dataset);
	AUTO_FREE char *path = storage_path(st, dataset);
	struct error later;

	if (ensure_kind(st, dataset, err) < 0 || zfs_clone(st->zfs, from, name, err) < 0)
		return -1;
	if (mount_dataset(name, path, err) == 0)
		return 0;
	zfs_destroy(st->zfs, name, &later);
	return -1;
}

/* Whether the name is that of a file system, and none of ours. */
static int check_foreign(const struct storage *st, const char *foreign, struct error *err)
{
	const char *const arguments[] = {
		"list", "-H", "-t", "filesystem", "-o", "name", foreign, NULL};
	AUTO(buffer_free) struct buffer out = {0};
	size_t len = strlen(st->root);

	if (!zfs_name_valid(foreign))
		return error_set(
			err, ERROR_INVALID, "'%s' is not the name of a ZFS dataset", foreign);
	if (strncmp(foreign, st->root, len) == 0 && (foreign[len] == '/' || foreign[len] == '\0'))
		return error_set(err, ERROR_INVALID,
			"%s is where Kleene itself keeps images and containers", foreign);
	if (!zfs_exists(st->zfs, foreign))
		return error_set(err, ERROR_NOT_FOUND, "there is no ZFS dataset %s", foreign);
	return zfs_command(arguments, &out, err); /* a volume has no files */
}

int storage_import(
	struct storage *st, const char *foreign, bool copy, const char *dataset, struct error *err)
{
	AUTO_FREE char *name = full_name(st, dataset);
	AUTO_FREE char *path = storage_path(st, dataset);
	struct error later;

	if (check_foreign(st, foreign, err) < 0 || ensure_kind(st, dataset, err) < 0 ||
		zfs_import(st->zfs, foreign, copy, name, err) < 0)
		return -1;
	if (mount_dataset(name, path, err) == 0)
		return 0;
	zfs_destroy(st->zfs, name, &later);
	return -1;
}

/* The kernel waits for the transaction group, so the snapshot is on disk. */
int storage_snapshot(
	struct storage *st, const char *dataset, const char *snapshot, struct error *err)
{
	AUTO_FREE char *name = xasprintf("%s/%s@%s", st->root, dataset, snapshot);

	return zfs_snapshot(st->zfs, name, err);
}

int storage_snapshot_unsynced(
	struct storage *st, const char *dataset, const char *snapshot, struct error *err)
{
	return storage_snapshot(st, dataset, snapshot, err);
}

int storage_sync(struct storage *st, const char *dataset, struct error *err)
{
	return 0; /* a clone or snapshot is on disk when it has been made */
}

char *storage_epoch(struct storage *st)
{
	return xstrdup("");
}

bool storage_exists(struct storage *st, const char *dataset)
{
	AUTO_FREE char *name = full_name(st, dataset);

	return zfs_exists(st->zfs, name);
}

int storage_rootfs(struct storage *st, const char *dataset, struct rootfs *root, struct error *err)
{
	AUTO_FREE char *name = full_name(st, dataset);
	AUTO_FREE char *path = storage_path(st, dataset);

	/* after a boot, "canmount" or "zfs_enable" may have kept it from being mounted */
	if (!mounted_at(name, path)) {
		if (!zfs_exists(st->zfs, name))
			return error_set(err, ERROR_NOT_FOUND, "no dataset %s", name);
		if (ensure_kind(st, dataset, err) < 0 || mount_once(st, name, path, err) < 0)
			return -1;
	}
	*root = (struct rootfs){.path = take_ptr(&path)};
	return 0;
}

int storage_open_contents(struct storage *st, const char *dataset, struct error *err)
{
	AUTO(rootfs_free) struct rootfs root = {0};
	int fd;

	if (storage_rootfs(st, dataset, &root, err) < 0)
		return -1;
	fd = open(root.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_errno(err, errno, "%s", root.path) : fd;
}

int storage_open_root(struct storage *st, const char *dataset, struct error *err)
{
	return storage_open_contents(st, dataset, err);
}

/*
 * Unmounts what is at and below the directory: the file system, its snapshots that were looked at
 * through .zfs, and what a container has left. A container or volume that shows it elsewhere
 * through nullfs would lose its files, so that is a conflict.
 */
static int unmount_dataset(const char *path, struct error *err)
{
	AUTO(mount_list_free) struct mount_list list = {0};
	const struct mount_entry *user;

	if (mounts_read(&list, err) < 0)
		return -1;
	user = mount_list_user(&list, path);
	if (user != NULL)
		return error_set(
			err, ERROR_CONFLICT, "%s is in use, mounted on %s", path, user->on);
	return mounts_remove_below(path, true, NULL, err);
}

int storage_rename(struct storage *st, const char *from, const char *to, struct error *err)
{
	AUTO_FREE char *old_name = full_name(st, from), *new_name = full_name(st, to);
	AUTO_FREE char *old_path = storage_path(st, from), *new_path = storage_path(st, to);
	struct error later;

	if (!zfs_exists(st->zfs, old_name))
		return error_set(err, ERROR_NOT_FOUND, "no dataset %s", old_name);
	if (zfs_exists(st->zfs, new_name))
		return error_set(err, ERROR_CONFLICT, "%s exists already", new_name);
	if (ensure_kind(st, to, err) < 0 || unmount_dataset(old_path, err) < 0)
		return -1;
	if (zfs_rename(st->zfs, old_name, new_name, err) < 0) {
		mount_dataset(old_name, old_path, &later);
		return -1;
	}
	rmdir(old_path);
	return mount_dataset(new_name, new_path, err);
}

/*
 * Appends the snapshots of the dataset. A clone of one of them, or of several, is a conflict, if
 * not for libzfs_core then for us: it cannot name the clone.
 */
static int list_snapshots(const char *name, struct strings *snapshots, struct error *err)
{
	const char *const arguments[] = {
		"list", "-H", "-t", "snapshot", "-d", "1", "-o", "name,clones", name, NULL};
	AUTO(buffer_free) struct buffer out = {0};
	char *rest, *line;

	if (zfs_command(arguments, &out, err) < 0)
		return -1;
	rest = out.data;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
		char *snapshot = strsep(&line, "\t");

		if (line != NULL && line[0] != '\0' && strcmp(line, "-") != 0)
			return error_set(err, ERROR_CONFLICT, "%s has clones: %s", snapshot, line);
		strings_add(snapshots, snapshot);
	}
	return 0;
}

/* For the dataset that cannot be destroyed as it is: it has snapshots. It is not mounted. */
static int destroy_with_snapshots(struct storage *st, const char *name, struct error *err)
{
	AUTO(strings_free) struct strings snapshots = {0};

	if (list_snapshots(name, &snapshots, err) < 0 ||
		zfs_destroy_snapshots(st->zfs, &snapshots, err) < 0)
		return -1;
	return zfs_destroy(st->zfs, name, err);
}

int storage_destroy(struct storage *st, const char *dataset, struct error *err)
{
	AUTO_FREE char *name = full_name(st, dataset);
	AUTO_FREE char *path = storage_path(st, dataset);
	struct error later;

	if (!zfs_exists(st->zfs, name)) {
		rmdir(path); /* what an interrupted call may have left */
		return 0;
	}
	if (unmount_dataset(path, err) < 0)
		return -1;
	/* most have no snapshots: then the list, which takes a process, is not needed */
	if (zfs_destroy(st->zfs, name, err) < 0 && err->kind != ERROR_NOT_FOUND &&
		(err->kind != ERROR_CONFLICT || destroy_with_snapshots(st, name, err) < 0)) {
		mount_dataset(name, path, &later);
		return -1;
	}
	rmdir(path);
	return 0;
}

/* What is shared is what the dataset refers to and would not give back: a clone's beginning. */
int storage_size(
	struct storage *st, const char *dataset, struct storage_size *size, struct error *err)
{
	AUTO_FREE char *name = full_name(st, dataset);
	const char *const arguments[] = {
		"get", "-H", "-p", "-o", "value", "used,referenced", name, NULL};
	AUTO(buffer_free) struct buffer out = {0};
	unsigned long long used, referenced;

	*size = (struct storage_size){0};
	if (!zfs_exists(st->zfs, name))
		return error_set(err, ERROR_NOT_FOUND, "no dataset %s", name);
	if (zfs_command(arguments, &out, err) < 0)
		return -1;
	if (out.data == NULL || sscanf(out.data, "%llu %llu", &used, &referenced) != 2)
		return error_set(err, ERROR_SYSTEM, "zfs get has not said how large %s is", name);
	size->own = used;
	size->shared = referenced > used ? referenced - used : 0;
	return 0;
}

int storage_list(struct storage *st, struct strings *datasets, struct error *err)
{
	const char *const arguments[] = {
		"list", "-H", "-t", "filesystem", "-d", "2", "-o", "name", st->root, NULL};
	AUTO(buffer_free) struct buffer out = {0};
	size_t prefix = strlen(st->root) + 1;
	char *rest, *line;

	if (zfs_command(arguments, &out, err) < 0)
		return -1;
	rest = out.data;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		/* the root and the kinds are listed too */
		if (strlen(line) > prefix && strchr(line + prefix, '/') != NULL)
			strings_add(datasets, line + prefix);
	}
	return 0;
}

/*
 * An interrupted storage_destroy leaves the whole dataset, or one without snapshots, or an empty
 * directory. The first two are listed, so that the daemon repeats it; the last is no harm.
 */
struct storage *storage_open(const char *root, struct error *err)
{
	struct storage *st = xcalloc(1, sizeof(*st));

	pthread_mutex_init(&st->mounting, NULL);
	st->root = xstrdup(root);
	st->zfs = zfs_open(err);
	if (st->zfs == NULL ||
		(st->directory = storage_root_open(st->zfs, st->root, err)) == NULL) {
		storage_close(st);
		return NULL;
	}
	return st;
}

int storage_check(const char *root, struct error *err)
{
	struct zfs *z = zfs_open(err);
	int result = z != NULL ? storage_root_check(z, root, err) : -1;

	zfs_close(z);
	return result;
}

void storage_close(struct storage *st)
{
	if (st == NULL)
		return;
	zfs_close(st->zfs);
	pthread_mutex_destroy(&st->mounting);
	free(st->root);
	free(st->directory);
	free(st);
}
