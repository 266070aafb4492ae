/* SPDX-License-Identifier: BSD-2-Clause */
#include "dataset/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/volumes.h"
#include "params/devices.h"
#include "params/fstab.h"

#define MOUNTS_MAX 128 /* of a container: the warden gets a descriptor for each */
#define PATH_LIMIT 1024 /* bytes, with the NUL: what FreeBSD keeps of a mount's path */

static const char *text(const json_t *mount, const char *field)
{
	const char *value = json_string_value(json_object_get(mount, field));

	return value != NULL ? value : "";
}

static bool is_volume(const json_t *mount)
{
	return strcmp(text(mount, "type"), "volume") == 0;
}

static bool is_tmpfs(const json_t *mount)
{
	return strcmp(text(mount, "type"), "tmpfs") == 0;
}

bool mount_is_unnamed(const json_t *mount)
{
	return is_volume(mount) && text(mount, "source")[0] == '\0';
}

static size_t next_component(const char **path)
{
	*path += strspn(*path, "/");
	return strcspn(*path, "/");
}

/* How many components a path has. */
static size_t path_depth(const char *path)
{
	size_t depth = 0, len;

	for (; (len = next_component(&path)) > 0; path += len)
		depth++;
	return depth;
}

bool mount_same_path(const char *a, const char *b)
{
	for (;;) {
		size_t n = next_component(&a), m = next_component(&b);

		if (n != m || memcmp(a, b, n) != 0)
			return false;
		if (n == 0)
			return true;
		a += n;
		b += n;
	}
}

/* ---- checking ---- */

int mount_check_destination(const char *path, struct error *err)
{
	const char *at = path;
	size_t len;

	if (path[0] != '/')
		return error_set(err, ERROR_INVALID,
			"bad mount destination '%s': it must be an absolute path", path);
	if (strlen(path) >= PATH_LIMIT)
		return error_set(err, ERROR_INVALID,
			"bad mount destination: it is longer than %d bytes", PATH_LIMIT - 1);
	if (path_depth(path) == 0)
		return error_set(err, ERROR_INVALID,
			"bad mount destination '%s': it is the container's root directory", path);
	for (; (len = next_component(&at)) > 0; at += len)
		if ((len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return error_set(err, ERROR_INVALID,
				"bad mount destination '%s': it contains '%.*s'", path, (int)len,
				at);
	return 0;
}

static int check_host_path(const char *path, struct error *err)
{
	struct stat st;

	if (path[0] != '/')
		return error_set(err, ERROR_INVALID,
			"bad mount source '%s': a path on the host must be absolute", path);
	if (strlen(path) >= PATH_LIMIT)
		return error_set(err, ERROR_INVALID, "bad mount source: it is longer than %d bytes",
			PATH_LIMIT - 1);
	if (stat(path, &st) != 0)
		return error_set(err, ERROR_NOT_FOUND, "cannot mount %s of the host: %s", path,
			strerror(errno));
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return error_set(err, ERROR_INVALID,
			"cannot mount %s of the host: a device cannot be used in a mount", path);
	return S_ISDIR(st.st_mode) ? 0 : jail_check_file_mounts(path, st.st_mode, err);
}

/* The options of a tmpfs, which *m gets. Where no mode is given, everybody may write, as in /tmp.
 */
static int take_tmpfs(const json_t *mount, struct jail_mount *m, struct error *err)
{
	const char *options = text(mount, "options");
	AUTO_FREE char *all = strncmp(options, "mode=", 5) == 0 || strstr(options, ",mode=") != NULL
				      ? xstrdup(options)
				      : xasprintf("mode=1777,%s", options);

	m->type = xstrdup("tmpfs");
	return fstab_options(m, all, err);
}

static int check_tmpfs(const json_t *mount, struct error *err)
{
	struct jail_mount m = {0};
	int result = take_tmpfs(mount, &m, err);

	fstab_mount_free(&m);
	if (result != 0)
		return error_prefix(err, "mount on %s", text(mount, "destination"));
	if (text(mount, "source")[0] != '\0')
		return error_set(err, ERROR_INVALID, "mount on %s: a tmpfs has no source",
			text(mount, "destination"));
	return 0;
}

static int check_source(const json_t *mount, struct error *err)
{
	const char *source = text(mount, "source");

	if (is_tmpfs(mount))
		return check_tmpfs(mount, err);
	if (text(mount, "options")[0] != '\0')
		return error_set(err, ERROR_INVALID, "mount on %s: only a tmpfs has options",
			text(mount, "destination"));
	if (!is_volume(mount))
		return check_host_path(source, err);
	if (mount_is_unnamed(mount))
		return 0;
	if (strchr(source, '/') != NULL)
		return error_set(err, ERROR_INVALID,
			"bad volume name '%s': a path on the host must be absolute", source);
	return volume_check_name(source, err);
}

int mounts_check(const json_t *mounts, struct error *err)
{
	if (json_array_size(mounts) > MOUNTS_MAX)
		return error_set(err, ERROR_INVALID, "%zu mounts are more than the %d possible",
			json_array_size(mounts), MOUNTS_MAX);
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);
		const char *destination = text(mount, "destination");

		if (mount_check_destination(destination, err) != 0 || check_source(mount, err) != 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (mount_same_path(
				    destination, text(json_array_get(mounts, k), "destination")))
				return error_set(err, ERROR_INVALID,
					"two mounts have the destination '%s'", destination);
	}
	return 0;
}

/* ---- volumes ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the volumes in a list of mounts, each once, sorted. */
static void volume_names(const json_t *mounts, struct strings *names)
{
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);

		if (is_volume(mount) && !strings_has(names, text(mount, "source")))
			strings_add(names, text(mount, "source"));
	}
	if (names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), compare);
}

int mounts_make_volumes(struct daemon *d, const json_t *config, struct error *err)
{
	AUTO(strings_free) struct strings names = {0};

	volume_names(json_object_get(config, "mounts"), &names);
	for (size_t i = 0; i < names.n; i++) {
		AUTO_FREE char *dataset = dataset_name("volume", names.v[i]);
		AUTO(held_release) struct held held = hold(d->locks, dataset);

		if (volume_ensure(d, names.v[i], err) != 0)
			return -1;
	}
	return 0;
}

void mounts_append_points(const struct container *c, const char *volume, json_t *points)
{
	const json_t *mounts = json_object_get(c->config, "mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		json_t *mount = json_array_get(mounts, i), *point;

		if (volume != NULL &&
			(!is_volume(mount) || strcmp(text(mount, "source"), volume) != 0))
			continue;
		point = json_copy(mount);
		json_object_set_new(point, "container_id", json_string(c->id));
		json_array_append_new(points, point);
	}
}

/* 1: nothing is in the volume; 0: something is; -1: an error. */
static int is_empty(struct daemon *d, const char *dataset, struct error *err)
{
	int fd = storage_open_contents(d->storage, dataset, err), empty = 1;
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (dir == NULL) {
		error_errno(err, errno, "cannot read %s", dataset);
		close(fd);
		return -1;
	}
	while (empty && (entry = readdir(dir)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

/* Notes that the volume is to be filled if it is empty, or was not filled to the end before. */
static int begin_filling(
	struct launch_volumes *l, const char *name, const char *dataset, struct error *err)
{
	struct volume v;
	bool begun;
	int empty = 0;

	if (store_get_volume(l->daemon->store, name, &v, err) != 0)
		return -1;
	begun = v.populating;
	volume_free(&v);
	if (!begun) {
		empty = is_empty(l->daemon, dataset, err);
		if (empty < 0 ||
			(empty && store_volume_populating(l->daemon->store, name, true, err) != 0))
			return -1;
	}
	if (begun || empty)
		strings_add(&l->populating, name);
	return 0;
}

static int lock_volumes(struct launch_volumes *l, const json_t *mounts, struct error *err)
{
	AUTO(strings_free) struct strings names = {0};

	volume_names(mounts, &names);
	for (size_t i = 0; i < names.n; i++) {
		strings_take(&l->locked, dataset_name("volume", names.v[i]));
		object_lock(l->daemon->locks, l->locked.v[i]);
		if (volume_ensure(l->daemon, names.v[i], err) != 0 ||
			begin_filling(l, names.v[i], l->locked.v[i], err) != 0)
			return -1;
	}
	return 0;
}

static int fill_mount(
	struct launch_volumes *l, const json_t *mount, struct jail_mount *m, struct error *err)
{
	const char *source = text(mount, "source");

	*m = (struct jail_mount){.destination = xstrdup(text(mount, "destination")),
		.read_only = json_is_true(json_object_get(mount, "read_only"))};
	if (is_tmpfs(mount)) {
		bool read_only = m->read_only;

		m->source = xstrdup("tmpfs");
		if (take_tmpfs(mount, m, err) != 0)
			return -1;
		m->read_only |= read_only;
	} else if (is_volume(mount)) {
		AUTO_FREE char *dataset = dataset_name("volume", source);
		AUTO(rootfs_free) struct rootfs root = {0};

		if (storage_rootfs(l->daemon->storage, dataset, &root, err) != 0)
			return -1;
		m->source = take_ptr(&root.path);
		m->populate = strings_has(&l->populating, source);
	} else {
		m->source = xstrdup(source);
	}
	return 0;
}

/* What is mounted twice is filled from where it is mounted first. */
static void fill_once(struct jail_config *jail)
{
	for (size_t i = 0; i < jail->nmounts; i++)
		for (size_t k = 0; k < i && jail->mounts[i].populate; k++)
			if (jail->mounts[k].populate &&
				strcmp(jail->mounts[k].source, jail->mounts[i].source) == 0)
				jail->mounts[i].populate = false;
}

/* By insertion: stable, and lists are short. */
static void sort_by_depth(struct jail_config *jail)
{
	for (size_t i = 1; i < jail->nmounts; i++) {
		struct jail_mount m = jail->mounts[i];
		size_t at = i;

		for (; at > 0 &&
			path_depth(jail->mounts[at - 1].destination) > path_depth(m.destination);
			at--)
			jail->mounts[at] = jail->mounts[at - 1];
		jail->mounts[at] = m;
	}
}

int launch_volumes_take(struct launch_volumes *l, struct daemon *d, const struct container *c,
	struct jail_config *jail, struct error *err)
{
	const json_t *mounts = json_object_get(c->config, "mounts");
	size_t n = json_array_size(mounts);

	l->daemon = d;
	devices_add(json_object_get(c->config, "devices"), jail);
	if (n == 0)
		return 0;
	if (lock_volumes(l, mounts, err) != 0)
		return -1;
	jail->mounts = xrealloc(jail->mounts, (jail->nmounts + n) * sizeof(*jail->mounts));
	for (size_t i = 0; i < n; i++)
		if (fill_mount(l, json_array_get(mounts, i), &jail->mounts[jail->nmounts++], err) !=
			0)
			return -1;
	sort_by_depth(jail);
	fill_once(jail);
	return 0;
}

int launch_volumes_filled(struct launch_volumes *l, struct error *err)
{
	for (size_t i = 0; i < l->populating.n; i++)
		if (store_volume_populating(l->daemon->store, l->populating.v[i], false, err) != 0)
			return -1;
	return 0;
}

void launch_volumes_release(struct launch_volumes *l)
{
	for (size_t i = 0; i < l->locked.n; i++)
		object_unlock(l->daemon->locks, l->locked.v[i]);
	strings_free(&l->locked);
	strings_free(&l->populating);
}
