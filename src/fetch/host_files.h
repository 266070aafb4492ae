/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the host that a new image can receive. */
#ifndef FETCH_HOST_FILES_H
#define FETCH_HOST_FILES_H

#include "base/error.h"

/*
 * Copies a file of the host (followed if it is a link; 1 MiB at most) to the same path in the image
 * below dirfd, mode 0644, in place of what is there. No link of the image is followed. The host
 * has no such file: success, nothing is done.
 */
int host_file_copy(int dirfd, const char *path, struct error *err);

#endif
