/* The mounts of a container on Linux, all of them in its own mount namespace. */
#ifndef HOST_LINUX_MOUNTS_H
#define HOST_LINUX_MOUNTS_H

#include <stdbool.h>

#include "base/error.h"
#include "host/jail.h"

/*
 * Makes the root file system the root directory of this mount namespace, with /proc, /sys and, if
 * devfs, a private /dev. Nothing of the host's tree is left mounted. flags: enum handover_flag.
 * Returns a descriptor of the container's own devpts (fsmount(2)), or -1.
 */
int mounts_make(const struct jail_config *config, unsigned int flags, struct error *err);

#endif
