/*
 * User ids of containers: each running container with a user namespace has 65,536 of the host's
 * for itself, user_namespaces(7). They are its own only while it runs, as nothing on disk has them.
 */
#ifndef HOST_LINUX_IDS_H
#define HOST_LINUX_IDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

#define IDS_COUNT 65536U

/* Above what systemd and useradd(8) give away, so that no user of the host has one of them. */
#define IDS_FIRST 0x70000000U

struct ids;

struct ids *ids_new(void);
void ids_free(struct ids *ids);

/*
 * The first of a free range of the host's ids, which is the daemon's until ids_map or ids_drop; 0
 * with *err if none is left.
 */
uid_t ids_take(struct ids *ids, struct error *err);
void ids_drop(struct ids *ids, uid_t first);

/*
 * Maps the range to ids 0 and up in the user namespace of a process just made, whose it is then for
 * as long as that lives.
 */
int ids_map(struct ids *ids, uid_t first, pid_t pid, struct error *err);

/* Notes the range of a process that another daemon has started. */
void ids_adopt(struct ids *ids, pid_t pid);

/* True if the id is a container's root. */
bool ids_is_root(uid_t uid);

#endif
