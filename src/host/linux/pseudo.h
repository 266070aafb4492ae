/* What a container's jail parameters say of its names and of the kernel's file systems. */
#ifndef HOST_LINUX_PSEUDO_H
#define HOST_LINUX_PSEUDO_H

#include "base/error.h"
#include "host/jail.h"

/* Sets host and domain name of this UTS namespace, uts_namespaces(7). */
int names_set(const struct jail_config *config, struct error *err);

/* Changes them in a running container. */
int names_update(const struct strings *params, struct error *err);

/* Whether the jail parameter, a boolean such as mount.procfs, is there and off. */
bool pseudo_is_off(const struct jail_config *config, const char *name);

/*
 * A new file system as m->type and m->options say, mounted nowhere yet: fsmount(2). proc: the
 * container's proc(5).
 */
int pseudo_tree(const struct jail_mount *m, int proc, struct error *err);

#endif
