/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths inside a directory that may hold anything: no component is followed if it is a symbolic
 * link, ".." and absolute paths do not exist. It is done with openat(2) and O_NOFOLLOW, a component
 * at a time, as both hosts have that. The tree must not be changed by others meanwhile.
 */
#ifndef FETCH_BENEATH_H
#define FETCH_BENEATH_H

#include <stdbool.h>

#include "base/error.h"

/* A directory, and the last of its subdirectories that was opened: most paths share it. */
struct beneath {
	int root; /* stays the caller's */
	int fd; /* the directory path, -1 if none */
	char *path;
};

void beneath_init(struct beneath *b, int root);
void beneath_free(struct beneath *b);

/*
 * Brings a path into the one form without "." components and superfluous slashes; "" is the
 * directory itself. NULL with *err if it is absolute, too long or contains "..". The caller frees.
 */
char *beneath_clean(const char *path, struct error *err);

/*
 * Opens the directory of the last component of path (cleaned, not ""), making missing directories
 * (mode 0755) if make. The descriptor stays b's and is good until the next call; *name is the last
 * component, within path. -1 with *err.
 */
int beneath_parent(
	struct beneath *b, const char *path, bool make, const char **name, struct error *err);

/*
 * A path as one can print it: a name in an archive can be anything. buf: at least 16 bytes; what
 * is too long is cut. Returns buf.
 */
const char *beneath_printable(const char *path, char *buf, unsigned long size);

#endif
