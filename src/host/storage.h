/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storage: datasets, snapshots and clones, in ZFS's terms. FreeBSD: zfs(8) through libzfs_core;
 * Linux: overlayfs, where a snapshot is a read-only layer and a clone an empty upper directory.
 *
 * A dataset is named "<kind>/<id>" ("image/…", "container/…", "volume/…"), a snapshot by an id or
 * a word that is unique in its dataset. Names are checked by the caller (name_valid). Functions
 * may be called from several threads as long as no two work on the same dataset.
 */
#ifndef HOST_STORAGE_H
#define HOST_STORAGE_H

#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

struct storage;

/* The host's default for the configuration key kleene_root. */
extern const char storage_default_root[];

/*
 * Opens the storage at root (a ZFS dataset without leading '/', or an absolute directory, both
 * made when missing), and removes what an interrupted storage_destroy left. NULL with *err if the
 * root cannot serve, saying why.
 */
struct storage *storage_open(const char *root, struct error *err);

/*
 * Whether the root could be opened, as far as that can be said without changing anything, and be it
 * open to a daemon that runs. -1 with *err if not.
 */
int storage_check(const char *root, struct error *err);
void storage_close(struct storage *st);

/* "zfs" or "overlay". */
const char *storage_driver(const struct storage *st);

/* The directory of the root, for the daemon's own files (metadata, logs). */
const char *storage_directory(const struct storage *st);

/* How users know a dataset: zfs "zroot/kleene/image/…", overlay its directory. Caller frees. */
char *storage_dataset_name(const struct storage *st, const char *dataset);

/* Where the files of a dataset are, or would be if it existed. Caller frees. */
char *storage_path(const struct storage *st, const char *dataset);

/* Makes an empty dataset. It exists already: ERROR_CONFLICT. */
int storage_create(struct storage *st, const char *dataset, struct error *err);

/*
 * Opens the directory with the contents of a dataset made by storage_create, before its first
 * snapshot. Returns a descriptor the caller closes.
 */
int storage_open_contents(struct storage *st, const char *dataset, struct error *err);

/*
 * Takes a snapshot of the dataset as it is now, in constant time whatever the size. No container
 * may be running on the dataset. The data is on disk when it returns.
 */
int storage_snapshot(
	struct storage *st, const char *dataset, const char *snapshot, struct error *err);

/*
 * The same without waiting for the disk, where that takes time: it is there whatever becomes of the
 * daemon, and survives the host's end once storage_sync has returned 0.
 */
int storage_snapshot_unsynced(
	struct storage *st, const char *dataset, const char *snapshot, struct error *err);
int storage_sync(struct storage *st, const char *dataset, struct error *err);

/*
 * A text that is another one after the end of the host if that may have taken unsynced snapshots
 * with it. The caller frees.
 */
char *storage_epoch(struct storage *st);

/* Makes a dataset that begins as the snapshot, in constant time whatever the size. */
int storage_clone(struct storage *st, const char *origin, const char *snapshot, const char *dataset,
	struct error *err);

/*
 * Makes a dataset from a ZFS file system that is not ours, without those below it: as a copy, or as
 * a clone, which shares its blocks and needs the same pool. foreign: its name, "pool/…", checked
 * here. The snapshot this takes goes with the copying, or with the clone. ERROR_INVALID with
 * another driver, which names that and the method.
 */
int storage_import(
	struct storage *st, const char *foreign, bool copy, const char *dataset, struct error *err);

/* Gives a dataset another name; its snapshots and clones go with it. */
int storage_rename(struct storage *st, const char *from, const char *to, struct error *err);

/*
 * Removes a dataset and its snapshots. Success if there is none of that name. ERROR_CONFLICT
 * naming a dataset that was cloned from it, and nothing is removed.
 */
int storage_destroy(struct storage *st, const char *dataset, struct error *err);

/*
 * Bytes on disk. What others share with it is in shared alone; where several share it, in that of
 * each.
 */
struct storage_size {
	uint64_t own; /* would be free if the dataset went */
	uint64_t shared; /* of what is below it: of the snapshot that it began as */
};

/*
 * Counts them, which takes time for each file on overlays, without keeping anybody from changing
 * the dataset meanwhile. ERROR_NOT_FOUND: there is none (any more).
 */
int storage_size(
	struct storage *st, const char *dataset, struct storage_size *size, struct error *err);

/* True if there is such a dataset. */
bool storage_exists(struct storage *st, const char *dataset);

/* Appends the names of all datasets, in no order. */
int storage_list(struct storage *st, struct strings *datasets, struct error *err);

/*
 * Opens the root directory that a container on the dataset would have, to change files in it as the
 * host's root: O_DIRECTORY, the caller closes it. No container may run on the dataset, and nothing
 * else be done with it, until all descriptors from there are closed. The daemon's threads are not
 * affected by the mounts this takes.
 */
int storage_open_root(struct storage *st, const char *dataset, struct error *err);

/*
 * What a warden needs to make the dataset a container's root directory (host/jail.h). The caller
 * frees with rootfs_free.
 */
struct rootfs {
	char *path; /* zfs: the mount point; overlay: directory with upper and work, or see lower */
	char *lower; /* overlay: names of the layers below base, joined by ':', uppermost first;
			NULL: nothing is to be stacked, path holds the contents itself */
	char *base; /* overlay: directory of the layers; zfs: NULL */
	bool unsynced; /* set by the caller: what is written may go with the host's end */
};

int storage_rootfs(struct storage *st, const char *dataset, struct rootfs *root, struct error *err);
void rootfs_free(struct rootfs *root);

#endif
