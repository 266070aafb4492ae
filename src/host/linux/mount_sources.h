/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of a container's mounts, as the daemon hands them to a warden on Linux. */
#ifndef HOST_LINUX_MOUNT_SOURCES_H
#define HOST_LINUX_MOUNT_SOURCES_H

#include <sys/types.h>

#include "base/error.h"
#include "host/jail.h"

/*
 * Opens the source of every mount of the host's files, with all that is mounted below it, as a tree
 * that is mounted nowhere yet, open_tree(2): fds, with room for config->nmounts descriptors, gets
 * jail_sources(config) of them, which the caller closes. In such
 * a tree device nodes cannot be used, and nothing can be written if it is to be read-only, unless
 * it is to be filled first; devices that were asked for are new nodes (device_tree.h). Where the
 * file system can do it, its ids are those of the user namespace; userns: a descriptor of that, -1:
 * none; first: the first of its ids on the host, 0: none.
 */
int mount_sources_open(
	const struct jail_config *config, int userns, uid_t first, int *fds, struct error *err);

#endif
