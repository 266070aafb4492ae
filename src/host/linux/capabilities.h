/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities by their names, capabilities(7), and which of them a container may be given. */
#ifndef HOST_LINUX_CAPABILITIES_H
#define HOST_LINUX_CAPABILITIES_H

#include <stdint.h>

#include "host/confinement.h"

/*
 * Checks the names, and that all to be added can be: nothing that is power over the host, over the
 * network of the host or over the warden. ERROR_INVALID naming the one, and what does its work.
 */
int capabilities_check(const struct confinement *c, enum network_driver driver, struct error *err);

/*
 * Takes away what is dropped and adds what is added. userns: the container has a user namespace;
 * ERROR_INVALID if it has none and one of those to be added needs it.
 */
int capabilities_change(
	const struct confinement *c, bool userns, uint64_t *capabilities, struct error *err);

#endif
