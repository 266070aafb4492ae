/* The options that make up a container's configuration. */
#ifndef KLEE_CONTAINER_CONFIG_H
#define KLEE_CONTAINER_CONFIG_H

#include "klee/klee.h"

extern const struct option container_options[];

/*
 * A ContainerConfig from container_options, networking_options and the words IMAGE [COMMAND]...;
 * driver: the container's network driver. NULL with *err.
 */
json_t *container_config(const struct args *args, const char *driver, struct error *err);

/*
 * Creates a container from the arguments, one that kleened removes when it has stopped if
 * auto_remove is set, and connects it to its networks; if it cannot be connected, it is removed
 * again. Returns its id, to be freed, or NULL with *err.
 */
char *container_create(
	struct klee *k, const struct args *args, bool auto_remove, struct error *err);

#endif
