/* SPDX-License-Identifier: BSD-2-Clause */
/* A container's mounts as the warden makes them on Linux. */
#ifndef HOST_LINUX_MOUNT_TARGETS_H
#define HOST_LINUX_MOUNT_TARGETS_H

#include "base/error.h"
#include "host/jail.h"
#include "host/linux/mounts.h"

/*
 * Mounts the trees of mount_sources_open, the last descriptors of config->handover, in the
 * container whose mounts these are. Volumes are filled first where that is wished.
 */
int mount_targets_attach(
	const struct jail_config *config, const struct mounts *mounts, struct error *err);

#endif
