/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that gets the id of a new container: --cidfile. */
#ifndef KLEE_ID_FILE_H
#define KLEE_ID_FILE_H

#include "base/error.h"

/*
 * Makes the file at path (NULL: none is wanted), before there is a container: one that is there
 * already is an error, as its container may be. *fd is -1 or its descriptor.
 */
int id_file_make(const char *path, int *fd, struct error *err);

/* Writes the id to it, without a newline, or removes it where id is NULL. Closes *fd. */
int id_file_finish(const char *path, int *fd, const char *id, struct error *err);

#endif
