/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that make up a container's configuration. */
#ifndef KLEE_CONTAINER_CONFIG_H
#define KLEE_CONTAINER_CONFIG_H

#include "klee/klee.h"

extern const struct option container_options[];
extern const struct option container_keeping_options[]; /* of one that is there to stay */

/*
 * A ContainerConfig from container_options and the ports of networking_options; driver: the
 * container's network driver, or NULL. NULL with *err.
 */
json_t *container_surroundings(const struct args *args, const char *driver, struct error *err);

/*
 * Whether what stands behind IMAGE is the container's alone: --entrypoint or the image says which
 * program is to get it.
 */
bool container_ends_options(struct klee *k, const struct args *args);

/*
 * Creates a container in its networks from these options, container_keeping_options and the words
 * IMAGE [COMMAND]..., one that kleened removes when it has stopped if auto_remove is set, or when
 * nobody starts it within a minute. Returns its id, to be freed, or NULL with *err.
 */
char *container_create(
	struct klee *k, const struct args *args, bool auto_remove, struct error *err);

#endif
