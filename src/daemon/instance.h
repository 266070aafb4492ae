/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only one daemon uses a run_dir, and only one has a name of an instance, whatever their roots:
 * they would take each other's containers, interfaces and rules for their own.
 */
#ifndef DAEMON_INSTANCE_H
#define DAEMON_INSTANCE_H

#include "base/error.h"

/* Locks, flock(2), that the kernel releases with the process. */
struct instance {
	int run_dir;
	int name;
	char *path; /* of the file that the name's is on */
};

/*
 * Makes run_dir if it is missing, and takes both locks. -1 with *err if another daemon has one of
 * them; what was taken is released by instance_release all the same.
 */
int instance_claim(struct instance *i, const char *run_dir, const char *name, struct error *err);
void instance_release(struct instance *i);

#endif
