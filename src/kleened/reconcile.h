/* SPDX-License-Identifier: BSD-2-Clause */
/* Start-up: the store is compared with the host, and what was half done is finished or undone. */
#ifndef KLEENED_RECONCILE_H
#define KLEENED_RECONCILE_H

#include "base/error.h"

struct daemon;

/*
 * Removes objects that were being made or removed when the last daemon ended, and sweeps what
 * containers that do not run left on the host. Datasets that the store does not know are named in
 * the log and left alone. What cannot be done is logged, and removals are tried again (upkeep.h):
 * one object is no reason for the others not to be served. Runs before the API opens.
 */
void reconcile(struct daemon *d);

#endif
