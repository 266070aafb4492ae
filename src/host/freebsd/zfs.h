/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ZFS by libzfs_core, which is loaded at run time together with libnvpair, and where that has no
 * function by the zfs(8) command. Names are whole: "pool/…/dataset", "pool/…/dataset@snapshot".
 *
 * Errors: ERROR_CONFLICT if what is to be made exists or what is to be removed is in use,
 * ERROR_NOT_FOUND if there is no dataset or snapshot of the name.
 */
#ifndef FREEBSD_ZFS_H
#define FREEBSD_ZFS_H

#include "base/error.h"
#include "base/mem.h"

struct zfs;

/* Loads the kernel module if necessary, and the libraries. Safe from several threads. */
struct zfs *zfs_open(struct error *err);
void zfs_close(struct zfs *z);

bool zfs_exists(struct zfs *z, const char *name);

/* None of these mounts or unmounts anything. */
int zfs_create(struct zfs *z, const char *dataset, struct error *err);
int zfs_snapshot(struct zfs *z, const char *snapshot, struct error *err);
int zfs_clone(struct zfs *z, const char *snapshot, const char *dataset, struct error *err);
int zfs_rename(struct zfs *z, const char *from, const char *to, struct error *err);

/*
 * Takes a snapshot that the kernel destroys when the descriptor, which the caller closes, is closed
 * and no clone of it is there any more, whatever becomes of this process (zfs-hold(8), deferred
 * destruction of zfs-destroy(8)).
 */
int zfs_snapshot_passing(struct zfs *z, const char *snapshot, struct error *err);

/* zfs-send(8) of a whole snapshot to a descriptor, zfs-receive(8) of one into a new dataset. */
int zfs_send(struct zfs *z, const char *snapshot, int fd, struct error *err);
int zfs_receive(struct zfs *z, const char *snapshot, int fd, struct error *err);

/*
 * Makes a dataset from a file system of somebody else: a clone, which needs the same pool, or a
 * copy. That file system gets a snapshot named after the new dataset's last component, which is
 * gone when the copy is made, or with the clone. If it fails, nothing is left.
 */
int zfs_import(
	struct zfs *z, const char *foreign, bool copy, const char *dataset, struct error *err);

/* A dataset that has no snapshots and no children. */
int zfs_destroy(struct zfs *z, const char *dataset, struct error *err);

/* All of them or none; those that are not there do not matter. */
int zfs_destroy_snapshots(struct zfs *z, const struct strings *snapshots, struct error *err);

/*
 * Runs /sbin/zfs with the arguments (NULL at the end, without the program's name) and appends what
 * it prints to *out (unless NULL). If it fails, the error is what it says.
 */
int zfs_command(const char *const arguments[], struct buffer *out, struct error *err);

#endif
