/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices of the host's that a container may use: --device. */
#ifndef PARAMS_DEVICES_H
#define PARAMS_DEVICES_H

#include <jansson.h>

#include "base/error.h"
#include "host/jail.h"

/* Checks the list of a ContainerConfig (NULL: none): SOURCE[:DESTINATION[:rwm]]. */
int devices_check(const json_t *devices, struct error *err);

/* Adds them to the mounts of a container that is being launched. */
void devices_add(const json_t *devices, struct jail_config *jail);

#endif
