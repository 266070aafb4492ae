/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/zfs.h"

#include <sys/param.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/linker.h>
#include <sys/module.h>

#include "host/freebsd/command.h"

/*
 * The part of libnvpair's and libzfs_core's interface that is used, the same in OpenZFS 2.1
 * (FreeBSD 13) and 2.2 (FreeBSD 14). boolean_t there is int, or an enumeration of that size.
 */
typedef struct nvlist nvlist;

enum { NV_UNIQUE_NAME = 1, LZC_DATASET_TYPE_ZFS = 2 };

struct zfs {
	void *nvpair, *core;
	bool started;

	int (*nvlist_alloc)(nvlist **, unsigned flags, int kmflag);
	void (*nvlist_free)(nvlist *);
	int (*nvlist_add_boolean)(nvlist *, const char *name);
	int (*nvlist_add_string)(nvlist *, const char *name, const char *value);

	int (*libzfs_core_init)(void);
	void (*libzfs_core_fini)(void);
	int (*lzc_exists)(const char *);
	int (*lzc_create)(const char *, int type, nvlist *properties, uint8_t *key, unsigned len);
	int (*lzc_snapshot)(nvlist *snapshots, nvlist *properties, nvlist **errors);
	int (*lzc_clone)(const char *dataset, const char *snapshot, nvlist *properties);
	int (*lzc_rename)(const char *from, const char *to);
	int (*lzc_destroy)(const char *);
	int (*lzc_destroy_snaps)(nvlist *snapshots, int defer, nvlist **errors);
	int (*lzc_hold)(nvlist *tags, int cleanup_fd, nvlist **errors);
	int (*lzc_send)(const char *snapshot, const char *from, int fd, int flags);
	int (*lzc_receive)(const char *snapshot, nvlist *properties, const char *origin, int force,
		int raw, int fd);
};

#define SYMBOL(name)                                                                               \
	{                                                                                          \
#name, offsetof(struct zfs, name)                                                  \
	}

struct symbol {
	const char *name;
	size_t at; /* of the pointer in struct zfs */
};

static const struct symbol nvpair_symbols[] = {SYMBOL(nvlist_alloc), SYMBOL(nvlist_free),
	SYMBOL(nvlist_add_boolean), SYMBOL(nvlist_add_string), {0}};

static const struct symbol core_symbols[] = {SYMBOL(libzfs_core_init), SYMBOL(libzfs_core_fini),
	SYMBOL(lzc_exists), SYMBOL(lzc_create), SYMBOL(lzc_snapshot), SYMBOL(lzc_clone),
	SYMBOL(lzc_rename), SYMBOL(lzc_destroy), SYMBOL(lzc_destroy_snaps), SYMBOL(lzc_hold),
	SYMBOL(lzc_send), SYMBOL(lzc_receive), {0}};

/* The versions of FreeBSD 13 and 14's base, then whatever a development system links to. */
static const char *const nvpair_files[] = {"libnvpair.so.2", "libnvpair.so", NULL};
static const char *const core_files[] = {"libzfs_core.so.2", "libzfs_core.so", NULL};

static void *load(
	struct zfs *z, const char *const files[], const struct symbol *symbols, struct error *err)
{
	void *library = NULL;

	for (size_t i = 0; files[i] != NULL && library == NULL; i++)
		library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		error_set(err, ERROR_SYSTEM, "ZFS cannot be used: %s", dlerror());
		return NULL;
	}
	for (; symbols->name != NULL; symbols++) {
		void *p = dlsym(library, symbols->name);

		if (p == NULL) {
			error_set(err, ERROR_SYSTEM, "ZFS cannot be used: %s lacks %s", files[0],
				symbols->name);
			dlclose(library);
			return NULL;
		}
		memcpy((char *)z + symbols->at, &p, sizeof(p));
	}
	return library;
}

static int load_module(struct error *err)
{
	if (modfind("zfs") >= 0 || kldload("zfs") >= 0 || errno == EEXIST)
		return 0;
	return error_errno(err, errno, "ZFS cannot be used: kernel module zfs");
}

struct zfs *zfs_open(struct error *err)
{
	struct zfs *z = xcalloc(1, sizeof(*z));
	int failure;

	if (load_module(err) < 0 ||
		(z->nvpair = load(z, nvpair_files, nvpair_symbols, err)) == NULL ||
		(z->core = load(z, core_files, core_symbols, err)) == NULL) {
		zfs_close(z);
		return NULL;
	}
	failure = z->libzfs_core_init();
	if (failure != 0) {
		error_errno(err, failure, "ZFS cannot be used: /dev/zfs");
		zfs_close(z);
		return NULL;
	}
	z->started = true;
	return z;
}

void zfs_close(struct zfs *z)
{
	if (z == NULL)
		return;
	if (z->started)
		z->libzfs_core_fini();
	if (z->core != NULL)
		dlclose(z->core);
	if (z->nvpair != NULL)
		dlclose(z->nvpair);
	free(z);
}

/* failure: what an lzc function returned. made: the name that was to be made, NULL if none. */
static int result(
	int failure, const char *doing, const char *name, const char *made, struct error *err)
{
	switch (failure) {
	case 0:
		return 0;
	case EEXIST:
		if (made != NULL)
			return error_set(err, ERROR_CONFLICT, "%s exists already", made);
		return error_set(err, ERROR_CONFLICT, "%s %s: others depend on it", doing, name);
	case ENOENT:
		return error_set(err, ERROR_NOT_FOUND, "%s: no such dataset or snapshot", name);
	case EBUSY:
		return error_set(err, ERROR_CONFLICT, "%s %s: it is in use", doing, name);
	default:
		return error_errno(err, failure, "%s %s", doing, name);
	}
}

bool zfs_exists(struct zfs *z, const char *name)
{
	return z->lzc_exists(name) != 0;
}

int zfs_create(struct zfs *z, const char *dataset, struct error *err)
{
	int failure = z->lzc_create(dataset, LZC_DATASET_TYPE_ZFS, NULL, NULL, 0);

	return result(failure, "create", dataset, dataset, err);
}

int zfs_clone(struct zfs *z, const char *snapshot, const char *dataset, struct error *err)
{
	return result(z->lzc_clone(dataset, snapshot, NULL), "clone", snapshot, dataset, err);
}

int zfs_rename(struct zfs *z, const char *from, const char *to, struct error *err)
{
	return result(z->lzc_rename(from, to), "rename", from, to, err);
}

int zfs_destroy(struct zfs *z, const char *dataset, struct error *err)
{
	return result(z->lzc_destroy(dataset), "destroy", dataset, NULL, err);
}

/* A list of one name, which is what most functions take. */
static int list_of(struct zfs *z, const char *name, nvlist **list)
{
	int failure = z->nvlist_alloc(list, NV_UNIQUE_NAME, 0);

	return failure != 0 ? failure : z->nvlist_add_boolean(*list, name);
}

int zfs_snapshot(struct zfs *z, const char *snapshot, struct error *err)
{
	nvlist *list = NULL, *errors = NULL;
	int failure = list_of(z, snapshot, &list);

	if (failure == 0)
		failure = z->lzc_snapshot(list, NULL, &errors);
	z->nvlist_free(errors);
	z->nvlist_free(list);
	return result(failure, "snapshot", snapshot, snapshot, err);
}

/* Keeps a snapshot until the descriptor is closed. */
static int hold(struct zfs *z, const char *snapshot, int fd)
{
	nvlist *list = NULL, *errors = NULL;
	int failure = z->nvlist_alloc(&list, NV_UNIQUE_NAME, 0);

	if (failure == 0)
		failure = z->nvlist_add_string(list, snapshot, "kleene");
	if (failure == 0)
		failure = z->lzc_hold(list, fd, &errors);
	z->nvlist_free(errors);
	z->nvlist_free(list);
	return failure;
}

static int destroy_snapshot(struct zfs *z, const char *snapshot, bool later)
{
	nvlist *list = NULL, *errors = NULL;
	int failure = list_of(z, snapshot, &list);

	if (failure == 0)
		failure = z->lzc_destroy_snaps(list, later, &errors);
	z->nvlist_free(errors);
	z->nvlist_free(list);
	return failure;
}

int zfs_snapshot_passing(struct zfs *z, const char *snapshot, struct error *err)
{
	AUTO_CLOSE int fd = open("/dev/zfs", O_RDWR | O_CLOEXEC);
	int failure;

	if (fd < 0)
		return error_errno(err, errno, "/dev/zfs");
	if (zfs_snapshot(z, snapshot, err) < 0)
		return -1;
	failure = hold(z, snapshot, fd);
	if (failure == 0)
		failure = destroy_snapshot(z, snapshot, true);
	else
		destroy_snapshot(z, snapshot, false);
	if (failure != 0)
		return result(failure, "hold", snapshot, NULL, err);
	return take_fd(&fd);
}

int zfs_send(struct zfs *z, const char *snapshot, int fd, struct error *err)
{
	int failure = z->lzc_send(snapshot, NULL, fd, 0);

	return result(failure, "send", snapshot, NULL, err);
}

int zfs_receive(struct zfs *z, const char *snapshot, int fd, struct error *err)
{
	int failure = z->lzc_receive(snapshot, NULL, NULL, 0, 0, fd);

	return result(failure, "receive", snapshot, snapshot, err);
}

int zfs_destroy_snapshots(struct zfs *z, const struct strings *snapshots, struct error *err)
{
	nvlist *list = NULL, *errors = NULL;
	int failure;

	if (snapshots->n == 0)
		return 0;
	failure = z->nvlist_alloc(&list, NV_UNIQUE_NAME, 0);
	for (size_t i = 0; i < snapshots->n && failure == 0; i++)
		failure = z->nvlist_add_boolean(list, snapshots->v[i]);
	if (failure == 0)
		failure = z->lzc_destroy_snaps(list, 0, &errors);
	z->nvlist_free(errors);
	z->nvlist_free(list);
	return result(failure, "destroy", snapshots->v[0], NULL, err);
}

int zfs_command(const char *const arguments[], struct buffer *out, struct error *err)
{
	const char *argv[16] = {"/sbin/zfs"};

	for (size_t n = 0; arguments[n] != NULL && n + 2 < ARRAY_SIZE(argv); n++)
		argv[n + 1] = arguments[n];
	return command_run(argv, out, err);
}
