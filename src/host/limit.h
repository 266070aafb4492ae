/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a container may use of the host: memory, processors, processes. Linux: a control group of
 * its own in the hierarchies that take part, cgroups(7); FreeBSD: rules for its jail, rctl(8).
 *
 * warden_spawn (host/process.h) puts a container under its limits before anything of it runs; these
 * functions do the rest. They may be called from several threads, for one container one at a time.
 */
#ifndef HOST_LIMIT_H
#define HOST_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct host;

struct limits {
	uint64_t memory; /* bytes; 0: as much as the host has */
	unsigned int cpu; /* thousandths of a processor; 0: all */
	unsigned int pids; /* processes and threads; 0: any number */
};

/*
 * Whether the host can keep these limits. ERROR_INVALID names the first it cannot, what is missing
 * for it and, where that is known, what to do about it.
 */
int limits_check(struct host *h, const struct limits *l, struct error *err);

/*
 * Puts a running container under other limits at once. On failure those it had are in force again.
 * ERROR_CONFLICT: it uses more memory than the new limit and cannot give it back.
 */
int limits_change(struct host *h, const char *id, const struct limits *from,
	const struct limits *to, struct error *err);

/*
 * A descriptor that polls readable when a running container may have exceeded its memory, also if
 * that was before the call; it must then be handed to limits_happened. -1 where none is needed,
 * since the host itself ends the whole container then, or where the container has no such limit.
 */
int limits_watch(struct host *h, const char *id);

/* Takes the news from a descriptor of limits_watch; true if the memory has been exceeded. */
bool limits_happened(struct host *h, const char *id, int watch);

/*
 * True if the container wanted more memory than its limit since it was started, so that the host
 * has ended some or all of its processes. Can be asked until limits_release.
 */
bool limits_exceeded(struct host *h, const char *id);

/* Undoes what was made for a container that has ended. What cannot be undone now, sweep does. */
void limits_release(struct host *h, const char *id);

/* Undoes the same for whatever containers of this daemon are not running any more. */
void limits_sweep(struct host *h);

#endif
