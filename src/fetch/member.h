/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of unpack.h share: reading the archive (unpack.c), writing members (member.c). */
#ifndef FETCH_MEMBER_H
#define FETCH_MEMBER_H

#include <archive.h>
#include <archive_entry.h>
#include <time.h>

#include "fetch/beneath.h"
#include "fetch/unpack.h"

#define SHOWN	  256 /* bytes of a member's name in an error */
#define TIMES_MAX (1u << 20) /* directories whose times are kept in mind: a bomb has more */

/* A directory's time is set at the end, because members change it. */
struct dir_time {
	char *path;
	struct timespec mtime;
};

struct unpack {
	const struct archive_source *source;
	bool source_failed; /* its error is in *err already */
	char tail[512];

	struct archive *reader;
	struct archive_entry *entry;
	struct beneath files, links; /* parents of members, and of what hard links name */
	char member[SHOWN]; /* the name of the last one, printable */
	bool left_out; /* of its attributes, some are not set */

	struct archive_stats *stats;
	void (*progress)(void *arg, const struct archive_stats *stats);
	void *progress_arg;

	struct dir_time *times;
	size_t ntimes, times_size;
	struct error *err;
};

/* Unpacks the member that u->entry describes. */
int member_unpack(struct unpack *u);

/* After the last member: what could not be done before. */
int member_finish(struct unpack *u);

void member_free(struct unpack *u);

/* Calls the caller's progress function. */
void unpack_report(struct unpack *u);

/* libarchive's complaint, made into one line that says what is wrong with the archive; -1. */
int unpack_fail(struct unpack *u);

#endif
