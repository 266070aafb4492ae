/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/storage_root.h"

#include <sys/param.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "host/freebsd/mounts.h"
#include "host/storage.h"

/* The directory where the dataset is mounted, NULL with no error if it is not. */
static int find_mount(const char *name, char **path, struct error *err)
{
	AUTO(mount_list_free) struct mount_list list = {0};

	*path = NULL;
	if (mounts_read(&list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && *path == NULL; i++)
		if (strcmp(list.v[i].from, name) == 0 && strcmp(list.v[i].type, "zfs") == 0)
			*path = xstrdup(list.v[i].on);
	return 0;
}

int storage_root_check(struct zfs *z, const char *root, struct error *err)
{
	AUTO_FREE char *pool = xstrndup(root, strcspn(root, "/"));

	if (root[0] == '/' || root[0] == '-' || strpbrk(root, "@#% \t\n") != NULL)
		return error_set(err, ERROR_INVALID,
			"kleene_root must be the name of a ZFS dataset, such as %s: \"%s\"",
			storage_default_root, root);
	if (!zfs_exists(z, pool))
		return error_set(err, ERROR_SYSTEM, "there is no ZFS pool %s on this host", pool);
	return 0;
}

static int make_root(struct zfs *z, const char *root, struct error *err)
{
	const char *const arguments[] = {"create", "-p", root, NULL};

	if (storage_root_check(z, root, err) < 0)
		return -1;
	return zfs_exists(z, root) ? 0 : zfs_command(arguments, NULL, err);
}

static bool has_store(const char *path)
{
	AUTO_FREE char *store = xasprintf("%s/kleene.sqlite", path);

	return access(store, F_OK) == 0;
}

/*
 * Keeps room for what is written when something is to be removed from a pool that is full: the
 * store, which is in the dataset itself. zfsprops(7), refreservation. Until a transaction group is
 * on disk, ZFS counts each block that it is to write 24 times, a file's record and the block that
 * leads to it being 256 KiB together; hence more than the store will ever need.
 */
static void reserve(const char *root)
{
	static const char property[] = "refreservation=64M";
	const char *const get[] = {"get", "-Hpo", "value", "refreservation", root, NULL};
	const char *const set[] = {"set", property, root, NULL};
	AUTO(buffer_free) struct buffer now = {0};
	struct error err;

	if (zfs_command(get, &now, &err) < 0 ||
		(strcmp(now.data, "0\n") == 0 && zfs_command(set, NULL, &err) < 0))
		log_warning("%s: no room can be reserved: %s", root, err.message);
}

/* Whether the directory holds something, and nothing of ours. */
static int holds_foreign(const char *path, bool *foreign, struct error *err)
{
	struct dirent *entry;
	DIR *dir;

	*foreign = false;
	if (has_store(path))
		return 0;
	dir = opendir(path);
	if (dir == NULL)
		return error_errno(err, errno, "%s", path);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			*foreign = true;
	closedir(dir);
	return 0;
}

/* Programs in images may be set-user-id: the host's users must not get at them. */
static int close_to_others(const char *path, struct error *err)
{
	struct stat st;
	bool foreign;

	if (stat(path, &st) < 0)
		return error_errno(err, errno, "%s", path);
	if (st.st_uid == 0 && (st.st_mode & 077) == 0)
		return 0;
	if (holds_foreign(path, &foreign, err) < 0)
		return -1;
	if (foreign)
		return error_set(err, ERROR_INVALID,
			"%s is open to other users: give it to root with mode 0700, or name a "
			"dataset that does not exist",
			path);
	if (chown(path, 0, 0) < 0 || chmod(path, 0700) < 0)
		return error_errno(err, errno, "cannot close %s to other users", path);
	return 0;
}

/*
 * A dataset for containers' logs, as what they write must not take what is reserved. It is made
 * with the store: a root without it goes on with a directory, however full its pool is. Returns
 * with it mounted.
 */
static int open_logs(struct zfs *z, const char *root, bool is_new, struct error *err)
{
	AUTO_FREE char *name = xasprintf("%s/log", root), *directory = NULL;
	const char *const create[] = {"create", name, NULL}, *const mount[] = {"mount", name, NULL};

	if (!zfs_exists(z, name))
		return is_new ? zfs_command(create, NULL, err) : 0;
	if (find_mount(name, &directory, err) < 0)
		return -1;
	return directory != NULL ? 0 : zfs_command(mount, NULL, err);
}

char *storage_root_open(struct zfs *z, const char *root, struct error *err)
{
	const char *const arguments[] = {"mount", root, NULL};
	AUTO_FREE char *directory = NULL;
	bool is_new;

	if (make_root(z, root, err) < 0 || find_mount(root, &directory, err) < 0)
		return NULL;
	if (directory == NULL &&
		(zfs_command(arguments, NULL, err) < 0 || find_mount(root, &directory, err) < 0))
		return NULL;
	if (directory == NULL) {
		error_set(err, ERROR_SYSTEM, "the ZFS dataset %s is not mounted", root);
		return NULL;
	}
	if (strcmp(directory, "/") == 0) {
		error_set(err, ERROR_INVALID, "the ZFS dataset %s is the host's root directory",
			root);
		return NULL;
	}
	if (close_to_others(directory, err) < 0)
		return NULL;
	is_new = !has_store(directory);
	if (is_new)
		reserve(root);
	if (open_logs(z, root, is_new, err) < 0)
		return NULL;
	return take_ptr(&directory);
}
