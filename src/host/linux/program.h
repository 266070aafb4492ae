/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of the host that do a long job. */
#ifndef HOST_LINUX_PROGRAM_H
#define HOST_LINUX_PROGRAM_H

#include "base/error.h"
#include "base/mem.h"
#include "base/progress.h"

/* The path of a program in the system's directories; NULL if there is none. The caller frees. */
char *program_find(const char *name);

/*
 * Runs the program argv[0], a path, with the environment env, as PID 1 of namespaces of its own for
 * processes and mounts, so that nothing it starts or mounts outlives it, or this thread. Its output
 * goes to p->line. Waits for its end; a failure or a cancellation is an error with its last line.
 */
int program_run(const struct strings *argv, const struct strings *env, const struct progress *p,
	struct error *err);

#endif
