/* SPDX-License-Identifier: BSD-2-Clause */
/* A container's private /dev. */
#ifndef FREEBSD_DEVFS_H
#define FREEBSD_DEVFS_H

#include "base/error.h"

#define DEVFS_RULESET_JAIL 4 /* devfsrules_jail in /etc/defaults/devfs.rules */

/* Fails unless the set is loaded: it has rules. 0, all devices, always is. */
int devfs_check_ruleset(int ruleset, struct error *err);

/*
 * Mounts a devfs on <root>/dev, which is made when missing and must not be a symbolic link.
 * ruleset: what the container sees, devfs(8); 0: all devices. A set without rules would show all
 * as well, so one that is not loaded is an error. Changes the working directory meanwhile.
 */
int devfs_mount(const char *root, int ruleset, struct error *err);

#endif
