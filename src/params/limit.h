/* SPDX-License-Identifier: BSD-2-Clause */
/* A container's limits as its configuration has them. */
#ifndef PARAMS_LIMIT_H
#define PARAMS_LIMIT_H

#include <jansson.h>

#include "host/limit.h"

/*
 * Reads "memory" (bytes), "cpus" (processors) and "pids" of a ContainerConfig; 0, and what is not
 * there, is no limit. ERROR_INVALID naming the field and what it may be.
 */
int limits_parse(const json_t *config, struct limits *l, struct error *err);

/* An amount of memory as people write it: "64M", "1536K", "1000". */
#define MEMORY_TEXT_SIZE 24
void memory_text(uint64_t bytes, char text[MEMORY_TEXT_SIZE]);

#endif
