/* SPDX-License-Identifier: BSD-2-Clause */
/* A container's mounts as the warden makes them on FreeBSD: nullfs(5), tmpfs(5) and the like. */
#ifndef FREEBSD_NULLMOUNTS_H
#define FREEBSD_NULLMOUNTS_H

#include "base/error.h"
#include "host/jail.h"

/*
 * Mounts everything of config->mounts below root, which is a real path, with what is mounted below
 * the sources. Volumes are filled first where that is wished. What was mounted before a failure is
 * the caller's to undo (mounts_remove_below). ruleset: devfs(8)'s, for devfs among them.
 */
int nullmounts_make(
	const struct jail_config *config, const char *root, int ruleset, struct error *err);

#endif
