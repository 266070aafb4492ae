/* SPDX-License-Identifier: BSD-2-Clause */
/* What a single container is given beyond what all have, or denied of it. */
#ifndef HOST_CONFINEMENT_H
#define HOST_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "net/driver.h"

struct confinement {
	bool read_only; /* the root file system; mounts are as they say themselves */
	struct strings cap_add, cap_drop; /* capabilities(7), with or without "CAP_"; drops first */
	uint64_t shm_size; /* bytes of /dev/shm; 0: as usual */
	struct strings sysctls; /* "name=value", of the container's own namespaces */
};

void confinement_free(struct confinement *c);

/*
 * Whether this host can do it for a container with this network driver: 0, or ERROR_INVALID naming
 * what it cannot, and what can be done instead. Linux; FreeBSD has none of it.
 */
int confinement_check(const struct confinement *c, enum network_driver driver, struct error *err);

#endif
