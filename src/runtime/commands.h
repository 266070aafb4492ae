/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs in a container and how: the surroundings of its processes, and the commands of the jail
 * parameters exec.start and exec.stop.
 */
#ifndef RUNTIME_COMMANDS_H
#define RUNTIME_COMMANDS_H

#include "params/jailparam.h"
#include "store/store.h"
#include "warden/protocol.h"

struct daemon;

/*
 * Fills environment, user, exec.clean and what process_settings_fill does of a process: the image's
 * variables, then the container's; exec.jail_user, else the container's user. The caller frees
 * *spec, also after an error.
 */
int command_surroundings(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct process_spec *spec, struct error *err);

/* Opens the file of exec.consolelog. -1 in *fd without an error: there is none. */
int command_console(const struct jail_settings *s, int *fd, struct error *err);

/*
 * Runs exec.start in a container that has just been made, one command after another; the first that
 * fails is an error. Unless there is none, hold->fd becomes a connection that keeps the container
 * from ending until it is closed.
 */
int commands_start(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct wire_conn *hold, struct error *err);

/* Runs exec.stop; what fails is logged. */
void commands_stop(struct daemon *d, const struct container *c, const struct jail_settings *s);

#endif
