/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * New interfaces whose maker may be killed before they bear its mark: their names are claimed
 * before, each by a file in run_dir.
 */
#ifndef FREEBSD_CLAIM_H
#define FREEBSD_CLAIM_H

#include "base/error.h"
#include "host/process.h"
#include "net/settings.h"

/*
 * Makes an interface of the kind ("lo", "bridge", "epair") under a name that nobody has, which goes
 * to name; of an epair that of its first end. claim_drop follows when it has its mark or is gone.
 */
int claim_make(struct host *h, const char *kind, char name[INTERFACE_MAX], struct error *err);
void claim_drop(struct host *h, const char *name);

/* Removes interfaces that were claimed and bear no mark, and the claims. */
void claims_sweep(struct host *h);

#endif
