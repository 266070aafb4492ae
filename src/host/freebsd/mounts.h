/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounting and unmounting, nmount(2) and unmount(2), for the daemon's storage and the warden. */
#ifndef FREEBSD_MOUNTS_H
#define FREEBSD_MOUNTS_H

#include "base/error.h"
#include "host/freebsd/mountlist.h"

/*
 * Mounts a file system. options: names and values in turn ("fstype", "nullfs", "fspath", …), a
 * NULL at the end. The error says what the kernel says.
 */
int mounts_add(const char *const options[], int flags, struct error *err);

/* Appends all mounts, in the order they were made. */
int mounts_read(struct mount_list *list, struct error *err);

/*
 * Unmounts, also while in use, everything below root; root itself as well if at_root. root is a
 * real path, as realpath(3) gives it. *found (unless NULL) becomes true if there was anything.
 * Goes on after an error, and reports the first.
 */
int mounts_remove_below(const char *root, bool at_root, bool *found, struct error *err);

#endif
