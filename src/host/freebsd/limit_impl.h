/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits as starting a warden needs them. */
#ifndef FREEBSD_LIMIT_IMPL_H
#define FREEBSD_LIMIT_IMPL_H

#include "host/limit.h"

/*
 * Makes the rules for a container that is about to be started: the kernel keeps them by the jail's
 * name and applies them to the jail from its first process. On failure, limits_release.
 */
int limits_enter(struct host *h, const char *id, const struct limits *l, struct error *err);

#endif
