/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A container's mounts: what a client may ask for, how they are shown, and what a launch does for
 * the volumes among them.
 */
#ifndef DATASET_MOUNTS_H
#define DATASET_MOUNTS_H

#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"
#include "host/jail.h"
#include "store/store.h"

struct daemon;

/* Whether it is of a volume that has no name yet (anonymous.h). */
bool mount_is_unnamed(const json_t *mount);

/* ERROR_INVALID unless something can be mounted on what has that path in a container. */
int mount_check_destination(const char *path, struct error *err);

/* Whether two paths of a container are the same, apart from slashes. */
bool mount_same_path(const char *a, const char *b);

/*
 * Checks a list of MountPointConfig (NULL: none): names, paths, that sources on the host are there,
 * that no two have the same destination. ERROR_INVALID or ERROR_NOT_FOUND naming the mount.
 */
int mounts_check(const json_t *mounts, struct error *err);

/* Makes the volumes of a configuration that has been checked, those that are missing. */
int mounts_make_volumes(struct daemon *d, const json_t *config, struct error *err);

/* Appends a MountPoint for each mount of the container, of this volume alone unless it is NULL. */
void mounts_append_points(const struct container *c, const char *volume, json_t *points);

/* The volumes of a container that is being launched; zero-initialised. */
struct launch_volumes {
	struct daemon *daemon;
	struct strings locked; /* datasets, in the order of their names */
	struct strings populating; /* volumes that the warden fills */
};

/*
 * Locks the container's volumes, makes those that are missing, notes on disk which of them are to
 * be filled, and fills in jail->mounts: parents come before what is mounted below them.
 */
int launch_volumes_take(struct launch_volumes *l, struct daemon *d, const struct container *c,
	struct jail_config *jail, struct error *err);

/* The warden is ready: what was to be filled has been. */
int launch_volumes_filled(struct launch_volumes *l, struct error *err);

/* Unlocks them. */
void launch_volumes_release(struct launch_volumes *l);

#endif
