/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths inside a container's root directory, for a process that is outside of it. What is in there
 * may be hostile, and others may change it meanwhile.
 */
#ifndef HOST_INSIDE_H
#define HOST_INSIDE_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"

/* Where a path leads. Zero is not valid: fill with a function below, release with inside_free. */
struct inside {
	int fd; /* O_PATH */
	int parent; /* O_PATH: the directory it is in; -1: it is root itself */
	char name[NAME_MAX + 1]; /* its name in there; "": it is root itself */
};

/*
 * Resolves path as a process would whose root directory is root: absolute symbolic links begin
 * there, and ".." does not lead out of it. Makes what is missing: directories, and at the end a
 * directory or an empty file. The kernel gets single components alone and follows no link, so
 * nothing outside is ever touched, whatever is swapped meanwhile (openat(2), O_NOFOLLOW). An error
 * if what is there is anything else than wanted, or is root itself.
 */
int inside_make(
	int root, const char *path, bool directory, struct inside *where, struct error *err);
/*
 * Opens a directory in the same way, root itself too; if make, with what is missing made, with mode
 * 0755. A descriptor for use with openat(2) alone (O_PATH). Without make, what is missing is
 * ERROR_NOT_FOUND.
 */
int inside_directory(int root, const char *path, bool make, struct error *err);

/*
 * Finds what is there, of any type, in a directory that is no root directory: an error if ".." or a
 * symbolic link leads out of it. What is missing is ERROR_NOT_FOUND.
 */
int inside_find(int directory, const char *path, struct inside *where, struct error *err);

/*
 * Opens a regular file for reading, and never anything else, which opening could block or change:
 * ERROR_CONFLICT. within: as inside_find resolves it; otherwise as a process would whose root
 * directory it is. What is missing is ERROR_NOT_FOUND.
 */
int inside_open_file(int root, const char *path, bool within, struct error *err);

/*
 * Opens the directory of that name, a single component, in another: a place for what the container
 * begins with. It is made, with mode 0755, when it is missing; no link is followed, and it is an
 * ERROR_CONFLICT if it is one, or anything else. For use with openat(2) alone (O_PATH).
 */
int inside_own_directory(int directory, const char *name, struct error *err);

void inside_free(struct inside *where);

#endif
