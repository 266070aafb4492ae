/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anonymous volumes: those that a container asks for without a name, itself or since its image says
 * VOLUME. Each gets an id as its name and is like any other from then on, but for this: it goes
 * with its container if that is removed by itself or with its volumes. The container's mount is
 * marked "anonymous".
 */
#ifndef CONTAINER_ANONYMOUS_H
#define CONTAINER_ANONYMOUS_H

#include <jansson.h>

#include "base/error.h"
#include "store/store.h"

struct daemon;

/*
 * Adds mounts to the configuration of a new container for the directories that its image's says
 * VOLUME of, but for those that something is mounted on, and names all volumes that have no name.
 */
void anonymous_name(struct daemon *d, json_t *config, const json_t *image_config);

/*
 * For new mounts of a container that has had others: its anonymous volumes stay where nothing else
 * is mounted now.
 */
void anonymous_rename(struct daemon *d, json_t *config, const json_t *before);

/*
 * Removes the anonymous volumes of a container that is being removed or was not made to the end,
 * but those that other containers mount. What fails goes on by itself. The caller holds the lock of
 * the container, and none of a volume.
 */
void anonymous_remove(struct daemon *d, const struct container *c);

#endif
