/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of which each has a run of the container to itself, as those of builds. */
#ifndef CONTAINER_SINGLE_H
#define CONTAINER_SINGLE_H

#include "http/session.h"
#include "runtime/attach.h"
#include "store/store.h"

struct daemon;

struct single {
	const struct strings *cmd, *env;
	const char *user; /* "": the container's */
	const char *directory;
	bool silent; /* its output goes nowhere */
};

/*
 * Runs a command in a container that does not run, with its output going to the session and no
 * input. When it has ended, the container's other processes are ended, too, and all that the host
 * had for them is gone when this returns. The container's lock must not be held. Returns how it
 * ended, enum attach_end, with *code set for ATTACH_EXITED, or -1 with *err if it could not be
 * started or the container was ended from outside.
 */
int single_run(struct daemon *d, struct session *s, const struct container *c,
	const struct single *run, int *code, struct error *err);

#endif
