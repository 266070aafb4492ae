/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a single file can be mounted on a file. A kernel that builds the path of such a mount
 * point from a length it has not set (vfs_cache.c, vn_path_to_global_path_hardlink) goes on, when
 * what is on its stack makes that fail, to free(9) a pointer that was not set either: panic.
 */
#ifndef HOST_FREEBSD_FILE_MOUNTS_H
#define HOST_FREEBSD_FILE_MOUNTS_H

#include <stdbool.h>

/* osreldate: of the kernel, getosreldate(3). False as well where it is not known to be mended. */
bool file_mounts_are_safe(int osreldate);

#endif
