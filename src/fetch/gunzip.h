/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip(1)'s format, rfc1952, taken off a stream: libarchive reads it without looking at its
 * checksums, so that damage could go unnoticed.
 */
#ifndef FETCH_GUNZIP_H
#define FETCH_GUNZIP_H

#include <stdbool.h>
#include <zlib.h>

#include "fetch/unpack.h"

struct gunzip {
	struct archive_source
		source; /* what comes out; the stream itself if it is not compressed so */
	const struct archive_source *below;
	z_stream z;
	bool begun, compressed, ended;
	unsigned char *out;
};

/* Begins on a source, which must outlive it; nothing is read yet. */
void gunzip_init(struct gunzip *g, const struct archive_source *below);
void gunzip_free(struct gunzip *g);

#endif
