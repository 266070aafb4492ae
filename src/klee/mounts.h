/* Mounts as the option gives them: -m SRC:DST[:rw|ro]. */
#ifndef KLEE_MOUNTS_H
#define KLEE_MOUNTS_H

#include "klee/klee.h"

/*
 * Makes a MountPointConfig of SRC:DST[:rw|ro]: SRC is a path on the host if it begins with '/', else
 * the name of a volume. NULL with *err. What the names may be is for kleened to say.
 */
json_t *mount_parse(const char *text, struct error *err);

/* All of the option "mount", a list that may be empty; NULL with *err. */
json_t *mounts(const struct args *args, struct error *err);

#endif
