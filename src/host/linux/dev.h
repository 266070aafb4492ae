/* SPDX-License-Identifier: BSD-2-Clause */
/* The private /dev of a container. */
#ifndef HOST_LINUX_DEV_H
#define HOST_LINUX_DEV_H

#include <stdbool.h>

#include "base/error.h"
#include "host/jail.h"
#include "host/linux/detached.h"

#define DEV_FILES 6

/* What is made while the host's tree is still there. Zero is not valid: begin with DEV_NONE. */
struct dev {
	int root; /* a tmpfs(5) with devices and links; -1: the container is to have no /dev */
	int devpts, shm, mqueue; /* to be mounted in it; -1: not wanted */
	int files[DEV_FILES]; /* detached mounts of the host's devices; -1: not needed */
};

#define DEV_NONE                                                                                   \
	{                                                                                          \
		-1, -1, -1, -1,                                                                    \
		{                                                                                  \
			-1, -1, -1, -1, -1, -1                                                     \
		}                                                                                  \
	}

/* Makes it all, and always the container's own devpts(5). mqueue: with mq_overview(7)'s. */
int dev_open(struct dev *dev, const struct jail_config *config, bool mqueue, struct error *err);
void dev_close(struct dev *dev);

/* Mounts it in the container, whose root directory root is of. */
int dev_attach(const struct dev *dev, int root, struct mounted *mounted, struct error *err);

#endif
