/*
 * Paths inside a container's root directory, for a process that is outside of it. What is in there
 * may be hostile, and others may change it meanwhile.
 */
#ifndef HOST_INSIDE_H
#define HOST_INSIDE_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"

/* Where a path leads. Zero is not valid: fill with inside_make, release with inside_free. */
struct inside {
	int fd; /* O_PATH */
	int parent; /* O_PATH: the directory it is in */
	char name[NAME_MAX + 1]; /* its name in there */
};

/*
 * Resolves path as a process would whose root directory is root: absolute symbolic links begin
 * there, and ".." does not lead out of it. Makes what is missing: directories, and at the end a
 * directory or an empty file. The kernel gets single components alone and follows no link, so
 * nothing outside is ever touched, whatever is swapped meanwhile (openat(2), O_NOFOLLOW). An error
 * if what is there is anything else than wanted, or is root itself.
 */
int inside_make(int root, const char *path, bool directory, struct inside *where, struct error *err);
void inside_free(struct inside *where);

#endif
