/* SPDX-License-Identifier: BSD-2-Clause */
/* What the daemon hands to a warden on Linux, struct handover of host/jail.h. */
#ifndef HOST_LINUX_HANDOVER_H
#define HOST_LINUX_HANDOVER_H

#include <stdint.h>

#include "host/linux/ids.h"

/*
 * A directory that every host has: in the mount namespace of a container to be, something else is
 * mounted on it.
 */
#define SCRATCH "/usr"

/* The descriptors: trees made by open_tree(2), idmapped if the container has a user namespace. */
enum {
	HANDOVER_DATA, /* of rootfs.path */
	HANDOVER_LAYERS, /* of rootfs.base; of rootfs.path again where there are no layers */
	HANDOVER_MOUNTS, /* of each mount's source, and following */
	HANDOVER_SYS = HANDOVER_MOUNTS, /* with HANDOVER_HAS_SYS: /sys, and then the mounts */
};

/* The bytes: this, and then a program for seccomp(2). */
struct handover_head {
	uint64_t capabilities; /* of root in the container */
	uint32_t flags; /* enum handover_flag */
	uint32_t unused;
	struct id_map ids;
};

enum handover_flag {
	HANDOVER_HOST_IPC = 1, /* the IPC namespace is the host's */
	HANDOVER_ICMP = 2, /* sockets of ICMP are for everybody, icmp(7) */
	HANDOVER_HAS_SYS =
		4, /* there is a /sys among the descriptors: the container cannot make one */
};

#endif
