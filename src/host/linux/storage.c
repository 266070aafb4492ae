/* SPDX-License-Identifier: BSD-2-Clause */
/* Storage on overlayfs. How it is laid out on disk: overlay.h; snapshots: layers.c. */
#include "host/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "host/linux/overlay.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

const char storage_default_root[] = "/var/lib/kleene";
const char *const overlay_kinds[KINDS] = {"image", "container", "volume"};

/* Splits "<kind>/<id>". */
static int dataset_parse(
	const struct storage *st, const char *dataset, struct dataset *ds, struct error *err)
{
	for (int i = 0; i < KINDS; i++) {
		size_t len = strlen(overlay_kinds[i]);
		if (strncmp(dataset, overlay_kinds[i], len) != 0 || dataset[len] != '/')
			continue;
		*ds = (struct dataset){.kind = st->kinds[i], .id = dataset + len + 1};
		if (name_valid(ds->id))
			return 0;
	}
	return error_set(err, ERROR_INVALID, "'%s' is no name of a dataset", dataset);
}

void dataset_path(char path[DATASET_PATH], const struct dataset *ds, const char *entry)
{
	snprintf(path, DATASET_PATH, "%s/%s", ds->id, entry);
}

static bool dataset_has(const struct dataset *ds, const char *entry)
{
	char path[DATASET_PATH];
	struct stat st;

	dataset_path(path, ds, entry);
	return fstatat(ds->kind, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Opens the directory of a dataset that exists, or something in it. */
static int dataset_open(struct storage *st, const char *dataset, const char *sub, struct error *err)
{
	char path[DATASET_PATH];
	struct dataset ds;
	int fd;

	if (dataset_parse(st, dataset, &ds, err) != 0)
		return -1;
	dataset_path(path, &ds, sub);
	fd = openat(ds.kind, path, OPEN_DIR);
	if (fd < 0 && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "no such dataset: %s", dataset);
	if (fd < 0)
		return error_errno(err, errno, "cannot open the dataset %s", dataset);
	return fd;
}

void dataset_clear_volatile(int dirfd)
{
	if (unlinkat(dirfd, "work/work/incompat/volatile/dirty", 0) != 0)
		return;
	unlinkat(dirfd, "work/work/incompat/volatile", AT_REMOVEDIR);
	unlinkat(dirfd, "work/work/incompat", AT_REMOVEDIR);
}

int dataset_drop_incomplete(const struct dataset *ds)
{
	AUTO_CLOSE int fd = openat(ds->kind, ds->id, OPEN_DIR);
	struct strings names = {0};
	bool known = fd >= 0 && dir_list(fd, ".", &names) == 0;

	for (size_t i = 0; i < names.n; i++)
		known = known &&
			(strcmp(names.v[i], "lower") == 0 || strcmp(names.v[i], "work") == 0);
	strings_free(&names);
	if (!known) {
		errno = EEXIST;
		return -1;
	}
	unlinkat(fd, "lower", 0);
	unlinkat(fd, "work", AT_REMOVEDIR);
	return unlinkat(ds->kind, ds->id, AT_REMOVEDIR);
}

/* Makes what a dataset with the chain ("": none) has; upper comes last: then it exists. */
static int dataset_fill(const struct dataset *ds, const char *chain)
{
	char path[DATASET_PATH];

	dataset_path(path, ds, "work");
	if (make_dir(ds->kind, path, 0755) != 0)
		return -1;
	dataset_path(path, ds, "lower");
	if (*chain && symlinkat(chain, ds->kind, path) != 0)
		return -1;
	dataset_path(path, ds, "upper");
	return make_dir(ds->kind, path, 0755);
}

static int dataset_make(
	struct storage *st, const char *dataset, const char *chain, struct error *err)
{
	struct dataset ds;
	int errnum;

	if (dataset_parse(st, dataset, &ds, err) != 0)
		return -1;
	if (make_dir(ds.kind, ds.id, 0755) != 0) {
		if (errno != EEXIST)
			return error_errno(err, errno, "cannot make the dataset %s", dataset);
		/* it may be what a failed try has left */
		if (dataset_has(&ds, "upper") || dataset_drop_incomplete(&ds) != 0 ||
			make_dir(ds.kind, ds.id, 0755) != 0)
			return error_set(
				err, ERROR_CONFLICT, "the dataset %s exists already", dataset);
	}
	if (dataset_fill(&ds, chain) == 0)
		return 0;
	errnum = errno;
	dataset_drop_incomplete(&ds);
	return error_errno(err, errnum, "cannot make the dataset %s", dataset);
}

int storage_create(struct storage *st, const char *dataset, struct error *err)
{
	return dataset_make(st, dataset, "", err);
}

int storage_clone(struct storage *st, const char *origin, const char *snapshot, const char *dataset,
	struct error *err)
{
	char path[DATASET_PATH], chain[CHAIN_SIZE];
	struct dataset ds;
	int rc;

	if (dataset_parse(st, origin, &ds, err) != 0)
		return -1;
	if (!name_valid(snapshot))
		return error_set(err, ERROR_INVALID, "'%s' is no name of a snapshot", snapshot);
	snprintf(path, sizeof(path), "%s/snapshots/%s", ds.id, snapshot);
	rc = chain_read(ds.kind, path, chain, err);
	if (rc < 0)
		return error_prefix(err, "cannot clone %s", origin);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "%s has no snapshot %s", origin, snapshot);
	return dataset_make(st, dataset, chain, err);
}

int storage_import(
	struct storage *st, const char *foreign, bool copy, const char *dataset, struct error *err)
{
	return error_set(err, ERROR_INVALID,
		"method %s is not available with the storage driver '%s': it needs ZFS",
		copy ? "zfs-copy" : "zfs-clone", storage_driver(st));
}

int storage_open_contents(struct storage *st, const char *dataset, struct error *err)
{
	return dataset_open(st, dataset, "upper", err);
}

static int snapshot(
	struct storage *st, const char *dataset, const char *name, bool sync, struct error *err)
{
	AUTO_CLOSE int fd = dataset_open(st, dataset, ".", err);

	if (fd < 0)
		return -1;
	if (!name_valid(name))
		return error_set(err, ERROR_INVALID, "'%s' is no name of a snapshot", name);
	if (layers_snapshot(st, fd, dataset, name, sync, err) != 0)
		return err->kind == ERROR_CONFLICT
			       ? -1
			       : error_prefix(
					 err, "cannot take the snapshot %s of %s", name, dataset);
	return 0;
}

int storage_snapshot(struct storage *st, const char *dataset, const char *name, struct error *err)
{
	return snapshot(st, dataset, name, true, err);
}

int storage_snapshot_unsynced(
	struct storage *st, const char *dataset, const char *name, struct error *err)
{
	return snapshot(st, dataset, name, false, err);
}

/* The directories that a dataset without new layers consists of. */
static int sync_dataset(struct storage *st, const char *dataset, struct error *err)
{
	static const char *const parts[] = {"snapshots", ".", ".."};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		AUTO_CLOSE int fd = dataset_open(st, dataset, parts[i], err);

		if (fd < 0)
			return -1;
		if (fsync(fd) != 0)
			return error_errno(err, errno, "cannot write %s to disk", dataset);
	}
	return 0;
}

int storage_sync(struct storage *st, const char *dataset, struct error *err)
{
	bool all;
	int rc = 0;

	/* whoever waits here finds that the one before has written his layers, too */
	pthread_mutex_lock(&st->sync_lock);
	all = st->unsynced;
	if (all && syncfs(st->fd) != 0)
		rc = error_errno(err, errno, "cannot write the data in %s to disk", st->root);
	else
		st->unsynced = false;
	pthread_mutex_unlock(&st->sync_lock);
	return all ? rc : sync_dataset(st, dataset, err);
}

int storage_rename(struct storage *st, const char *from, const char *to, struct error *err)
{
	struct dataset a, b;

	if (dataset_parse(st, from, &a, err) != 0 || dataset_parse(st, to, &b, err) != 0)
		return -1;
	if (renameat2(a.kind, a.id, b.kind, b.id, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "no such dataset: %s", from);
	if (errno == EEXIST)
		return error_set(err, ERROR_CONFLICT, "the dataset %s exists already", to);
	return error_errno(err, errno, "cannot rename the dataset %s to %s", from, to);
}

bool storage_exists(struct storage *st, const char *dataset)
{
	struct dataset ds;
	struct error err;

	return dataset_parse(st, dataset, &ds, &err) == 0 && dataset_has(&ds, "upper");
}

int storage_list(struct storage *st, struct strings *datasets, struct error *err)
{
	struct strings names = {0};
	int rc = 0;

	for (int kind = 0; kind < KINDS && rc == 0; kind++) {
		if (dir_list(st->kinds[kind], ".", &names) != 0)
			rc = error_errno(
				err, errno, "cannot read %s/%s", st->root, overlay_kinds[kind]);
		for (size_t i = 0; i < names.n && rc == 0; i++) {
			struct dataset ds = {.kind = st->kinds[kind], .id = names.v[i]};
			if (name_valid(ds.id) && dataset_has(&ds, "upper"))
				strings_take(
					datasets, xasprintf("%s/%s", overlay_kinds[kind], ds.id));
		}
		strings_free(&names);
	}
	return rc;
}

/* Refuses if another dataset's chain has one of the layers. */
static int check_dependents(
	struct storage *st, const char *dataset, const struct strings *owned, struct error *err)
{
	struct strings datasets = {0};
	char chain[CHAIN_SIZE], path[DATASET_PATH];
	int rc = storage_list(st, &datasets, err);

	/* all chains of a dataset end in that which it was cloned with, so lower tells all */
	for (size_t i = 0; i < datasets.n && rc == 0; i++) {
		struct dataset ds;
		if (strcmp(datasets.v[i], dataset) == 0)
			continue;
		rc = dataset_parse(st, datasets.v[i], &ds, err);
		if (rc != 0)
			break;
		dataset_path(path, &ds, "lower");
		if (chain_read(ds.kind, path, chain, err) < 0)
			rc = -1;
		else if (chain_has_any(chain, owned))
			rc = error_set(err, ERROR_CONFLICT, "cannot remove %s: %s was made from it",
				dataset, datasets.v[i]);
	}
	strings_free(&datasets);
	return rc;
}

int storage_destroy(struct storage *st, const char *dataset, struct error *err)
{
	AUTO(strings_free) struct strings owned = {0};
	char trashed[TRASH_NAME];
	struct dataset ds;

	if (dataset_parse(st, dataset, &ds, err) != 0)
		return -1;
	AUTO_CLOSE int fd = openat(ds.kind, ds.id, OPEN_DIR);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_errno(err, errno, "cannot open the dataset %s", dataset);
	if (layers_repair(st, fd, err) != 0 || layers_owned(fd, &owned, err) != 0)
		return error_prefix(err, "cannot remove %s", dataset);
	if (owned.n > 0 && check_dependents(st, dataset, &owned, err) != 0)
		return -1;
	trash_again(st);
	/* from here on it does not exist any more; what follows is taken up by trash_again */
	if (trash_move(st, ds.kind, ds.id, "dataset", trashed) != 0)
		return error_errno(err, errno, "cannot remove the dataset %s", dataset);
	struct error later;
	int rc = layers_discard(st, fd, &later);
	if (rc != 0)
		trash_keep(st, trashed);
	if (rc != 0 || trash_delete(st, trashed, &later) != 0)
		log_warning("%s is removed, but not all of its files: %s", dataset, later.message);
	return 0;
}

int storage_rootfs(struct storage *st, const char *dataset, struct rootfs *root, struct error *err)
{
	AUTO_CLOSE int fd = dataset_open(st, dataset, ".", err);
	char chain[CHAIN_SIZE];
	int rc;

	*root = (struct rootfs){0};
	if (fd < 0)
		return -1;
	dataset_clear_volatile(fd);
	rc = chain_read(fd, "lower", chain, err);
	if (rc < 0)
		return error_prefix(err, "%s", dataset);
	root->path = xasprintf(rc == 0 ? "%s/%s/upper" : "%s/%s", st->root, dataset);
	if (rc == 1) {
		root->lower = xstrdup(chain);
		root->base = xasprintf("%s/layer", st->root);
	}
	return 0;
}

/* Adds what the layers of the chain take that are none of those. */
static int add_shared(struct storage *st, char *chain, const struct strings *owned, uint64_t *bytes,
	struct error *err)
{
	const char *id;

	while ((id = strsep(&chain, ":")) != NULL)
		if (!strings_has(owned, id) && tree_size(st->layers, id, bytes, err) != 0)
			return -1;
	return 0;
}

int storage_size(
	struct storage *st, const char *dataset, struct storage_size *size, struct error *err)
{
	AUTO_CLOSE int fd = dataset_open(st, dataset, ".", err);
	AUTO(strings_free) struct strings owned = {0};
	char chain[CHAIN_SIZE];
	int rc;

	*size = (struct storage_size){0};
	if (fd < 0)
		return -1;
	rc = chain_read(fd, "lower", chain, err);
	if (rc < 0 || layers_owned(fd, &owned, err) != 0 ||
		tree_size(fd, "upper", &size->own, err) != 0)
		return error_prefix(err, "%s", dataset);
	/* of its own some may not be in the chain any more, but in older snapshots */
	for (size_t i = 0; i < owned.n; i++)
		if (tree_size(st->layers, owned.v[i], &size->own, err) != 0)
			return -1;
	return rc == 0 ? 0 : add_shared(st, chain, &owned, &size->shared, err);
}

const char *storage_driver(const struct storage *st)
{
	return "overlay";
}

const char *storage_directory(const struct storage *st)
{
	return st->root;
}

char *storage_path(const struct storage *st, const char *dataset)
{
	return xasprintf("%s/%s", st->root, dataset);
}

char *storage_dataset_name(const struct storage *st, const char *dataset)
{
	return xasprintf("%s/%s", st->root, dataset);
}
