/* SPDX-License-Identifier: BSD-2-Clause */
/* A device of the host's for a container. */
#ifndef HOST_LINUX_DEVICE_TREE_H
#define HOST_LINUX_DEVICE_TREE_H

#include <sys/types.h>

#include "base/error.h"

/*
 * A mount of a new device node for what the host has at path, mounted nowhere yet, open_tree(2):
 * the node is the container's own, so that no change of its mode or owner reaches the host's. It
 * has the host's mode, and owner and group as the container counts them. first: the first of the
 * container's ids on the host, 0: they are the host's. Returns a descriptor, or -1.
 */
int device_tree_make(const char *path, uid_t first, struct error *err);

#endif
