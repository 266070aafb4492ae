/* A container's mounts as the warden makes them on Linux. */
#ifndef HOST_LINUX_MOUNT_TARGETS_H
#define HOST_LINUX_MOUNT_TARGETS_H

#include "base/error.h"
#include "host/jail.h"

/*
 * Mounts the trees of mount_sources_open, the last descriptors of config->handover, in the container, whose
 * root is this process's already. Volumes are filled first where that is wished.
 */
int mount_targets_attach(const struct jail_config *config, struct error *err);

#endif
