/* SPDX-License-Identifier: BSD-2-Clause */
/* Files met under one of their names, to be found again under another. */
#ifndef HOST_HARDLINKS_H
#define HOST_HARDLINKS_H

#include <sys/stat.h>

#define HARDLINK_BUCKETS 1024

struct hardlink {
	struct hardlink *next;
	dev_t dev;
	ino_t ino;
	nlink_t left; /* names not met yet */
	char *path;
};

/* Zero-initialised. */
struct hardlinks {
	struct hardlink *buckets[HARDLINK_BUCKETS];
};

/*
 * The path that the file was noted with, or NULL. Good until the next call; a file of which all
 * names have been met is forgotten then.
 */
const char *hardlinks_find(struct hardlinks *h, const struct stat *st);

/* Notes a file that has more names than this one. */
void hardlinks_add(struct hardlinks *h, const struct stat *st, const char *path);
void hardlinks_free(struct hardlinks *h);

#endif
