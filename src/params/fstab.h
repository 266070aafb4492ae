/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of fstab(5) as the jail parameters mount and mount.fstab have them. */
#ifndef PARAMS_FSTAB_H
#define PARAMS_FSTAB_H

#include "host/jail.h"
#include "host/system.h"

/*
 * Reads "device mount-point type [options [dump [pass]]]". 1: *m is filled; 0: the line is empty or
 * a comment; -1: ERROR_INVALID saying what is wrong with it.
 */
int fstab_line(enum host_system system, const char *line, struct jail_mount *m, struct error *err);
/*
 * Takes options of a file system, separated by commas, into *m, whose type is set. ERROR_INVALID
 * naming one that it has not.
 */
int fstab_options(struct jail_mount *m, const char *text, struct error *err);

void fstab_mount_free(struct jail_mount *m);

/* Appends what the lines, and those of the file at path (NULL: none), say to the configuration. */
int fstab_mounts(enum host_system system, const struct strings *lines, const char *path,
	struct jail_config *config, struct error *err);

#endif
