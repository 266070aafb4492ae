/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of ZFS datasets. */
#ifndef FREEBSD_ZFS_NAME_H
#define FREEBSD_ZFS_NAME_H

#include <stdbool.h>

#define ZFS_NAME_MAX 255 /* bytes of a name with its snapshot, ZFS_MAX_DATASET_NAME_LEN - 1 */

/*
 * True for the name of a dataset as zfs(8) takes it, neither of a snapshot nor of a bookmark, that
 * is no option of a command, and short enough for a snapshot of ours.
 */
bool zfs_name_valid(const char *name);

/* True if both are in the same pool. */
bool zfs_name_same_pool(const char *a, const char *b);

#endif
