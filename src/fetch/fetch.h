/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetching images: a URL's archive, unpacked while it comes in. */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include "base/error.h"
#include "base/mem.h"
#include "base/progress.h"

/*
 * Unpacks the tar archive at url (stream.h, unpack.h) into the empty directory. sha256: what the
 * archive's bytes must have as SHA-256 sum, 64 hexadecimal digits; NULL: anything. On failure some
 * of it may be in the directory; the caller removes that.
 */
int image_fetch(const char *url, const char *sha256, int dirfd, const struct progress *p,
	struct error *err);

/* Appends the small file at url to text; ERROR_TOO_LARGE if it has more than max bytes. */
int fetch_text(const char *url, size_t max, struct buffer *text, const struct progress *p,
	struct error *err);

#endif
