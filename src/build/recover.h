/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds that were under way when the daemon ended. */
#ifndef BUILD_RECOVER_H
#define BUILD_RECOVER_H

#include "base/error.h"

struct daemon;

/*
 * At start, after runtime_recover: ends their processes, and makes of each what its failure would
 * have made of it: an image tagged "failed", or nothing.
 */
void builds_recover(struct daemon *d);

/*
 * Removes what is left of an abandoned build, its container among it, whose processes it ends: as
 * container_finish_removal. No lock is held.
 */
int build_finish_removal(struct daemon *d, const char *image, struct error *err);

#endif
