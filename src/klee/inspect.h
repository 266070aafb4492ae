/* SPDX-License-Identifier: BSD-2-Clause */
/* What the inspect commands have in common. */
#ifndef KLEE_INSPECT_H
#define KLEE_INSPECT_H

#include "klee/klee.h"

extern const struct option inspect_options[]; /* -f, --format */

/*
 * A GET of the path with the first word in it, printed as JSON or by a template. sized: the command
 * has size_options. The exit code.
 */
int inspect(struct klee *k, const struct args *args, const char *path, bool sized);

#endif
