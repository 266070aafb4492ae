/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container's configuration says of its confinement: capabilities, sysctls and the like. */
#ifndef PARAMS_CONFINEMENT_H
#define PARAMS_CONFINEMENT_H

#include <jansson.h>

#include "host/confinement.h"

struct container;

/* Fills *c from a ContainerConfig. The caller frees, also after an error. */
int confinement_parse(const json_t *config, struct confinement *c, struct error *err);

/* Checks whether this host can do it, for a container as it is going to be. */
int confinement_check_container(const struct container *c, struct error *err);

#endif
