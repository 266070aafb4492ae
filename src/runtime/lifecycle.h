/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the jail parameters have run around a container's life, in the order of jail(8):
 *
 *     start   exec.prepare exec.prestart (it is made) exec.created exec.start (its own command)
 *             exec.poststart
 *     stop    exec.prestop exec.stop (its processes are ended)
 *     end     exec.poststop exec.release
 *
 * A start that fails is undone, and the commands of the end run.
 */
#ifndef RUNTIME_LIFECYCLE_H
#define RUNTIME_LIFECYCLE_H

#include "params/jailparam.h"
#include "store/store.h"

struct daemon;
struct wire_conn;

/* exec.prepare and exec.prestart. */
int lifecycle_prepare(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct error *err);

/* exec.created and exec.start; hold: see commands_start. */
int lifecycle_created(
	struct daemon *d, const struct container *c, struct wire_conn *hold, struct error *err);

/* exec.poststart. */
int lifecycle_started(struct daemon *d, const struct container *c, struct error *err);

/* exec.prestop, whose failure is an error, and exec.stop. */
int lifecycle_stop(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct error *err);

/* True if anything is to run when the container has ended. */
bool lifecycle_has_end(struct daemon *d, const char *id);

/*
 * exec.poststop and exec.release; failures are logged. -1: the daemon is stopping, the next one has
 * to do it.
 */
int lifecycle_end(struct daemon *d, const char *id);

#endif
