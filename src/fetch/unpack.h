/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacking archives that nobody vouches for, as they come in. */
#ifndef FETCH_UNPACK_H
#define FETCH_UNPACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Where an archive comes from. */
struct archive_source {
	/*
	 * Points *block to the next bytes, good until the next call, and returns their number; 0 at
	 * the end; -1 with *err.
	 */
	ssize_t (*read)(void *arg, const void **block, struct error *err);
	void *arg;
};

/* What has been unpacked so far. */
struct archive_stats {
	uint64_t members;
	uint64_t bytes; /* contents of files */
	uint64_t devices; /* members left out: device nodes */
	uint64_t attributes; /* members whose extended attributes or ACL are not all set */
};

/*
 * Unpacks a tar archive (ustar, pax, GNU; plain or with gzip, bzip2, xz, zstd) into an empty
 * directory that nobody else uses meanwhile, with owners by number, modes, times, extended
 * attributes and access control lists. The source is read to its end.
 *
 * Nothing is ever written outside the directory. Members with an absolute name or "..", members
 * below a symbolic link, and hard links to what is not in the directory end it with ERROR_INVALID
 * naming the member, as do truncated and damaged archives; a failing source or disk with their
 * error. What was unpacked until then stays: the caller removes it. Symbolic links are written with
 * whatever target they have. Device nodes and attributes of overlayfs are left out.
 *
 * stats is zeroed first and kept current; progress, unless NULL, is called with it after each
 * member and each block of a large one. A thread per call.
 */
int archive_unpack(const struct archive_source *source, int dirfd, struct archive_stats *stats,
	void (*progress)(void *arg, const struct archive_stats *stats), void *progress_arg,
	struct error *err);

#endif
