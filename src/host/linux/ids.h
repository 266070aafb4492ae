/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User ids of containers: each running container with a user namespace has ids of the host's for
 * itself, user_namespaces(7): a million, or 65,536 where very many run, from 0 on, and 65,536 more
 * around each higher one that it is known to need. They are its own only while it runs, as nothing
 * on disk has them.
 */
#ifndef HOST_LINUX_IDS_H
#define HOST_LINUX_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/jail.h"

#define IDS_COUNT 65536U
#define IDS_LARGE 1048576U

enum pool_name { EARLIER, SMALL, LARGE, EXTENTS, POOLS };

/* As a line of uid_map. */
struct id_extent {
	uint32_t inside, outside, count;
};

/* The first extent is that of root. */
struct id_map {
	struct id_extent extents[1 + IDS_WANTED_MAX];
	size_t n; /* 0: there is no user namespace */
};

struct ids;

struct ids *ids_new(void);
void ids_free(struct ids *ids);

/*
 * Free ids of the host's, which are the daemon's until ids_map or ids_drop. Returns -1 if none are
 * left, and none are taken.
 */
int ids_take(
	struct ids *ids, const struct ids_wanted *wanted, struct id_map *map, struct error *err);
void ids_drop(struct ids *ids, const struct id_map *map);

/*
 * Gives the user namespace of a process just made the ids, which are its own then for as long as
 * that process lives.
 */
int ids_map(struct ids *ids, const struct id_map *map, pid_t pid, struct error *err);

/* Whether an id of the container's is in the map. */
static inline bool id_map_has(const struct id_map *map, uid_t id)
{
	for (size_t i = 0; i < map->n; i++)
		if (id >= map->extents[i].inside &&
			id - map->extents[i].inside < map->extents[i].count)
			return true;
	return false;
}

/* Notes the ids of a process that another daemon has started. */
void ids_adopt(struct ids *ids, pid_t pid);

/* True if the id is a container's root. */
bool ids_is_root(uid_t uid);

#endif
