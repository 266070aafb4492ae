/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the FreeBSD project publishes the running release; pure. */
#ifndef BASE_IMAGE_FREEBSD_RELEASE_H
#define BASE_IMAGE_FREEBSD_RELEASE_H

#include "base/error.h"

/*
 * The directory with base.txz and MANIFEST for a release as uname(1) -r gives it, whatever its
 * patch level, and for a machine as -m and -p give it. NULL with *err if release is none; the
 * caller frees.
 */
char *release_url(const char *release, const char *machine, const char *arch, struct error *err);

/* The tag of its image: "FreeBSD-14.1-RELEASE". The caller frees. */
char *release_tag(const char *release);

/*
 * The SHA-256 sum that the text of a MANIFEST has for a file, as 64 hexadecimal digits; NULL if it
 * has none. The caller frees.
 */
char *release_checksum(const char *manifest, const char *file);

#endif
