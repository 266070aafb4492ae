/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc and /sys of a container, and what in them it must not have. */
#ifndef HOST_LINUX_KERNELFS_H
#define HOST_LINUX_KERNELFS_H

#include <stdbool.h>

#include "base/error.h"
#include "host/linux/detached.h"

#define PROTECTIONS 26

/* What is made while the host's tree is still there. Begin with KERNELFS_NONE. */
struct kernelfs {
	int proc, sys;
	int masks[PROTECTIONS]; /* what takes the place of a file or directory; -1: nothing */
};

#define KERNELFS_NONE                                                                              \
	{                                                                                          \
		-1, -1,                                                                            \
		{                                                                                  \
			[0 ... PROTECTIONS - 1] = -1                                               \
		}                                                                                  \
	}

/*
 * In a user namespace the kernel makes them only as long as the host's are in sight, and /sys only
 * where the network is its own: elsewhere sys is the daemon's, -1 if there is none.
 */
int kernelfs_open(struct kernelfs *k, int sys, struct error *err);

/* Makes what masks parts of them. empty: an empty file, of a mount of this namespace. */
int kernelfs_open_masks(struct kernelfs *k, int empty, struct error *err);
void kernelfs_close(struct kernelfs *k);

/*
 * Mounts them in the container, whose root directory root is of, and protects them. icmp: sockets
 * of ICMP are for every user of this network namespace, icmp(7).
 */
int kernelfs_attach(
	const struct kernelfs *k, int root, bool icmp, struct mounted *mounted, struct error *err);

#endif
