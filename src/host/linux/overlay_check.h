/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an overlay that has just been mounted is what it was to be. */
#ifndef HOST_LINUX_OVERLAY_CHECK_H
#define HOST_LINUX_OVERLAY_CHECK_H

#include "base/error.h"

/*
 * Linux mounts an overlay read-only, and says so in its log alone, when it finds no room for the
 * directory that files are prepared in. root: where it is mounted; upper: the directory written to.
 * Returns -1 with *err if root cannot be written to.
 */
int overlay_check_writable(const char *root, const char *upper, struct error *err);

#endif
