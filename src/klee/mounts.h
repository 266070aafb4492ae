/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounts as options give them: -m, -v SRC:DST[:rw|ro] or type=…,source=…, and --tmpfs. */
#ifndef KLEE_MOUNTS_H
#define KLEE_MOUNTS_H

#include "klee/klee.h"

extern const struct option mount_options[];

/*
 * Makes a MountPointConfig of SRC:DST[:rw|ro]: SRC is a path on the host if it begins with '/',
 * else the name of a volume. Or of KEY=VALUE, separated by commas, in which paths may have colons:
 * type (bind, volume, tmpfs), source, destination, readonly, tmpfs-size, tmpfs-mode. NULL with
 * *err. What the names may be is for kleened to say.
 */
json_t *mount_parse(const char *text, struct error *err);

/* Makes one of DST[:OPTIONS], a tmpfs. */
json_t *tmpfs_parse(const char *text, struct error *err);

/* All of mount_options, a list that may be empty; NULL with *err. */
json_t *mounts(const struct args *args, struct error *err);

#endif
