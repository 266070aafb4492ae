/* SPDX-License-Identifier: BSD-2-Clause */
/* The dataset that is the storage's root: made when missing, mounted, for root alone. */
#ifndef HOST_FREEBSD_STORAGE_ROOT_H
#define HOST_FREEBSD_STORAGE_ROOT_H

#include "base/error.h"
#include "host/freebsd/zfs.h"

/* Whether it has the name of a dataset, in a pool that there is. */
int storage_root_check(struct zfs *z, const char *root, struct error *err);

/* The directory where it is mounted, to be freed; NULL with *err if it cannot serve. */
char *storage_root_open(struct zfs *z, const char *root, struct error *err);

#endif
