/* The options that make up a container's configuration. */
#ifndef KLEE_CONTAINER_CONFIG_H
#define KLEE_CONTAINER_CONFIG_H

#include "klee/klee.h"

extern const struct option container_options[];
extern const struct option container_keeping_options[]; /* of one that is there to stay */

/*
 * A ContainerConfig from container_options and the ports of networking_options; driver: the
 * container's network driver. NULL with *err.
 */
json_t *container_surroundings(const struct args *args, const char *driver, struct error *err);

/* The same with container_keeping_options and the words IMAGE [COMMAND]... */
json_t *container_config(const struct args *args, const char *driver, struct error *err);

/*
 * Creates a container from the arguments, one that kleened removes when it has stopped if
 * auto_remove is set, and connects it to its networks; if it cannot be connected, it is removed
 * again. Returns its id, to be freed, or NULL with *err.
 */
char *container_create(
	struct klee *k, const struct args *args, bool auto_remove, struct error *err);

#endif
