/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container's jail parameters say of its names and of the kernel's file systems. */
#ifndef HOST_LINUX_PSEUDO_H
#define HOST_LINUX_PSEUDO_H

#include <string.h>

#include "base/error.h"
#include "host/jail.h"

/* Sets host and domain name of this UTS namespace, uts_namespaces(7). */
int names_set(const struct jail_config *config, struct error *err);

/* Changes them in a running container. */
int names_update(const struct strings *params, struct error *err);

/* Whether the jail parameter, a boolean such as mount.procfs, is there and off. */
bool pseudo_is_off(const struct jail_config *config, const char *name);

/* The type of a mount that is a new file in memory, with m->options as its text. */
#define TEXT_FILE "text"
#define TEXTS_MAX 2

static inline bool is_text(const struct jail_mount *m)
{
	return m->type != NULL && strcmp(m->type, TEXT_FILE) == 0;
}

/*
 * Such a file, made by that name in the scratch file system of the container's beginnings, mounted
 * nowhere yet. It is in memory, as a start and a removal would wait for one on disk, and in that
 * file system, as another one would cost more than all of this.
 */
int text_tree(const struct jail_mount *m, int scratch, const char *name, struct error *err);

/*
 * A new file system as m->type and m->options say, mounted nowhere yet: fsmount(2). proc: the
 * container's proc(5).
 */
int pseudo_tree(const struct jail_mount *m, int proc, struct error *err);

#endif
