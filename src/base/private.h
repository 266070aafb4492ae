/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories of the daemon's own, in which nobody else may change or, mostly, see anything. */
#ifndef BASE_PRIVATE_H
#define BASE_PRIVATE_H

#include <sys/stat.h>

#include "base/error.h"

/*
 * Makes a directory for this process's user alone: owner, group and mode 0700 are set, whatever the
 * umask and the directory above pass on, and set right if it is there with others. ERROR_CONFLICT
 * if what is there is no directory (a symbolic link is none) or belongs to another user.
 */
int private_directory(const char *path, struct error *err);

/*
 * The same for one that an administrator has named, by a link or not, and that may be his: if it is
 * there its mode stays, but it is ERROR_CONFLICT if somebody else can write to it.
 */
int private_place(const char *path, struct error *err);

/* Whether private_place() takes the directory that is there, stat(2). */
int private_place_check(const char *path, const struct stat *st, struct error *err);

#endif
