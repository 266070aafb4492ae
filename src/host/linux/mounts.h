/* SPDX-License-Identifier: BSD-2-Clause */
/* The mounts of a container on Linux, all of them in its own mount namespace. */
#ifndef HOST_LINUX_MOUNTS_H
#define HOST_LINUX_MOUNTS_H

#include "base/error.h"
#include "host/jail.h"
#include "host/linux/pseudo.h"

/* What a warden goes on to need of its container's mounts: descriptors, never names. */
struct mounts {
	int root; /* O_PATH: the root directory */
	int devpts; /* the container's own */
	int proc; /* its proc(5), until mounts_finish */
	int texts[TEXTS_MAX]; /* files in memory, in the order of config's mounts (is_text) */
};

/*
 * Makes the root file system the root directory of this mount namespace, with /proc, /sys and, if
 * devfs, a private /dev. What is mounted is made while the host's tree is there, and attached, by
 * descriptor, when that is gone for good: nothing in the root leads out of it at any time. That
 * nothing of the host's is left is looked at in the end. flags: enum handover_flag. *m: -1 each
 * where it fails; to be released by mounts_close.
 */
int mounts_make(
	const struct jail_config *config, unsigned int flags, struct mounts *m, struct error *err);

/*
 * When the container's further mounts are made, before anything of it runs: takes away the /proc
 * that mount.noprocfs does not want, makes the root read-only if it is to be, and makes sure that
 * the root directory ends all paths.
 */
int mounts_finish(const struct jail_config *config, struct mounts *m, struct error *err);

void mounts_close(struct mounts *m);

#endif
