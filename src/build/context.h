/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a build's context, which nothing leads out of: no "..", no symbolic link. What
 * .dockerignore names is as if it were not there.
 */
#ifndef BUILD_CONTEXT_H
#define BUILD_CONTEXT_H

#include <sys/stat.h>

#include "base/error.h"
#include "build/match.h"

#define CONTEXT_DEPTH_MAX 200 /* directories below each other: a descriptor each */

struct context {
	int fd; /* its directory */
	struct ignore ignore;
};

/* Opens the directory and reads its .dockerignore. The caller closes it, also after an error. */
int context_open(struct context *c, const char *path, struct error *err);
void context_close(struct context *c);

/*
 * Reads a regular file of at most max bytes. A path that is absolute or begins with ".." is the
 * word of who builds; of any other neither ".." nor a link leads out of the context.
 */
int context_read(const struct context *c, const char *path, size_t max, struct buffer *to,
	struct error *err);

/* Appends the paths that a pattern stands for, in order. None: ERROR_NOT_FOUND. */
int context_expand(
	const struct context *c, const char *pattern, struct strings *paths, struct error *err);

/*
 * What is done with each file. Names are relative to what context_walk was called with, "" for that
 * itself. Functions return 0, or -1 with *err, which ends the walk.
 */
struct context_visitor {
	/* A directory, before what is in it; and behind that. */
	int (*enter)(void *arg, const char *name, const struct stat *st, struct error *err);
	int (*leave)(void *arg, const char *name, const struct stat *st, struct error *err);

	/* A regular file, open for reading. */
	int (*file)(void *arg, const char *name, int fd, const struct stat *st, struct error *err);

	/* A symbolic link. */
	int (*link)(void *arg, const char *name, const char *target, const struct stat *st,
		struct error *err);
	void *arg;
};

/*
 * Walks a file, or a directory in the order of names. Symbolic links on the path are followed;
 * those in the directory are shown as such. FIFOs, sockets and devices are left out.
 */
int context_walk(const struct context *c, const char *path, const struct context_visitor *v,
	struct error *err);

#endif
