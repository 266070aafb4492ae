/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Volumes: datasets "volume/<name>" that outlive the containers which mount them. A volume's lock
 * is the name of its dataset, since a volume may be called what a container has as its id.
 */
#ifndef DATASET_VOLUMES_H
#define DATASET_VOLUMES_H

#include "store/store.h"

struct daemon;

/* ERROR_INVALID unless the name can be a volume's. */
int volume_check_name(const char *name, struct error *err);

/* Makes a volume that is not there yet; leaves nothing behind on failure. */
int volume_make(struct daemon *d, const char *name, struct error *err);

/* ERROR_NOT_FOUND unless there is a volume of the name. */
int volume_check_ready(struct daemon *d, const char *name, struct error *err);

/* Makes the volume unless it is there. The caller holds its lock. */
int volume_ensure(struct daemon *d, const char *name, struct error *err);

/*
 * Removes a volume that no container mounts, running or not: else ERROR_CONFLICT, naming those. The
 * caller does not hold its lock.
 */
int volume_remove_unused(struct daemon *d, const char *name, struct error *err);

/*
 * Removes what is left of one that is marked for it (remove_rest, upkeep.h). Whatever has gone
 * already is no error. The caller holds its lock.
 */
int volume_finish_removal(struct daemon *d, const char *name, struct error *err);

#endif
