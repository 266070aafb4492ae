/* SPDX-License-Identifier: BSD-2-Clause */
/* What a new volume receives: a copy of the directory of the container that it is mounted on. */
#ifndef HOST_POPULATE_H
#define HOST_POPULATE_H

#include "base/error.h"

/*
 * Copies what the directory 'from' contains into the directory 'to' (descriptors, O_PATH will do),
 * with owners, modes, times, hard and symbolic links, FIFOs, holes, extended attributes and access
 * control lists; not devices, sockets, and what is mounted below. What 'to' has already stays, so
 * that a copy which was interrupted can be taken up again: each file is there whole or not at all.
 * An untouched 'to' also gets the attributes of 'from' itself. No link is followed on either side.
 * The copy is on disk when it returns 0.
 */
int populate(int from, int to, struct error *err);

/*
 * The same from where path leads in a container whose root directory is root, while nothing is
 * mounted but what the system has there: what volumes and the host's directories are to hide, or
 * what is no file of the container's, is never copied. No directory there, nothing to copy.
 */
int populate_from(int root, const char *path, int to, struct error *err);

#endif
