/*
 * User ids of containers: each running container with a user namespace has 65,536 of the host's
 * for itself, user_namespaces(7). They are its own only while it runs, as nothing on disk has them.
 */
#ifndef HOST_LINUX_IDS_H
#define HOST_LINUX_IDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

#define IDS_COUNT 65536

/* Above what systemd and useradd(8) give away, so that no user of the host has one of them. */
#define IDS_FIRST 0x70000000U

struct ids;

struct ids *ids_new(void);
void ids_free(struct ids *ids);

/* Maps a free range to ids 0 and up in the user namespace of a process just made. */
int ids_map(struct ids *ids, pid_t pid, struct error *err);

/* Notes the range of a process that another daemon has started. */
void ids_adopt(struct ids *ids, pid_t pid);

/* True if the id is a container's root. */
bool ids_is_root(uid_t uid);

#endif
