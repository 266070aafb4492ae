/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The base image that the host makes by itself: on FreeBSD the base.txz of the running release, on
 * Linux a minimal root file system of the running distribution from the mirror that the
 * distribution's package manager uses.
 */
#ifndef BASE_IMAGE_BASE_IMAGE_H
#define BASE_IMAGE_BASE_IMAGE_H

#include "base/error.h"
#include "base/progress.h"

/*
 * Fills an empty directory, given as descriptor and by its name. *tag is what the image is to be
 * called, "FreeBSD-<version>" or "<Distro>-<version>"; the caller frees it. It takes a minute, and
 * ends soon after *p is cancelled. On failure the directory may have contents. /etc/resolv.conf and
 * /etc/hostname are not those of the host (fetch/host_files.h).
 */
int base_image_make(
	int dirfd, const char *dir, const struct progress *p, char **tag, struct error *err);

/* A line of sh(1) that brings a base image of this kind up to date, run in a container of it. */
extern const char base_image_update[];

#endif
