/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hooks: the commands of the jail parameters exec.prepare to exec.release, which run on the host.
 * A command line is executed as words_command() has it, where need be by the host's /bin/sh, as the
 * user of exec.system_user, in an environment of its own:
 *
 *     PATH, HOME, SHELL, USER
 *     JNAME    the container's id
 *     JID      the jail's number, or the process id of its warden; while the container is there
 *     JPATH    where the host sees the container's root directory
 *
 * What they write goes to the daemon's log.
 */
#ifndef RUNTIME_HOOKS_H
#define RUNTIME_HOOKS_H

#include <stdatomic.h>

#include "params/jailparam.h"

/* What the commands are told of the container. */
struct hook_container {
	const char *id;
	int number; /* JID; 0: it is not there */
	const char *path; /* JPATH; NULL: there is none */
	const atomic_bool *stopping; /* becomes true when the daemon ends: commands are given up */
};

/*
 * Runs the commands of one stage, one after another, each within exec.timeout. Stops at the first
 * that fails; the error names stage and command, and how it ended.
 */
int hooks_run(const struct jail_settings *s, enum hook hook, const struct hook_container *c,
	struct error *err);

#endif
