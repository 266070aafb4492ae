/* SPDX-License-Identifier: BSD-2-Clause */
/* New file systems in a container on FreeBSD: tmpfs(5), procfs(5), fdescfs(5), devfs(5). */
#ifndef FREEBSD_NEWMOUNTS_H
#define FREEBSD_NEWMOUNTS_H

#include "base/error.h"
#include "host/jail.h"

/*
 * Mounts a file system of m->type, with m->options, on a directory. Afterwards the working
 * directory is "/". ruleset: of a devfs, 0 for none.
 */
int newmount_at(int dir, const struct jail_mount *m, int ruleset, struct error *err);

/*
 * Mounts what the parameters mount.procfs and mount.fdescfs want below root, which is a real path
 * and has its /dev.
 */
int newmounts_wanted(const struct jail_config *config, const char *root, struct error *err);

#endif
