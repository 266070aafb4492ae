/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting processes in containers, and the containers for them. */
#ifndef CONTAINER_START_H
#define CONTAINER_START_H

#include "base/wire.h"
#include "runtime/execs.h"
#include "store/store.h"
#include "warden/protocol.h"

struct daemon;
struct session;

/* What asking a warden for a process has come to. */
enum asked {
	ASKED_RUNS, /* it runs */
	ASKED_ENDED, /* the container ended before its warden answered: it can be tried again */
	ASKED_FAILED, /* it cannot be started, or the warden not be reached: no use in trying again
		       */
};

/* What a start may do, and who asked for it. */
struct start_how {
	bool start_container; /* if it does not run */
	bool stopped_only; /* refuse if it does */
	bool detached;
	bool own; /* the container's own command: its exit code is the container's */
	struct session *session; /* the wait ends when its client goes; NULL: there is none */
	enum {
		START_BY_HAND, /* a client */
		START_WITH_DAEMON,
		START_AGAIN, /* unless somebody has stopped it meanwhile */
	} by;
};

/*
 * Starts the instance's process, and its container if need be and wished, under the container's
 * lock. *conn is then a connection to the warden that tells of the process, *m its answer
 * MSG_STARTED.
 */
int start_process(struct daemon *d, const struct exec *e, const struct start_how *how,
	struct wire_conn *conn, struct wire_message *m, struct error *err);

/*
 * At the daemon's start, before it answers anybody: plans the starts of the containers whose
 * restart policy wants it and that do not run. What cannot be started is named in the log.
 */
void start_with_daemon(struct daemon *d);

/* Starts the own command of a container as it was planned, unless it has been stopped meanwhile. */
void start_planned(struct daemon *d, const char *id, bool with_daemon);

/* ---- the parts, for whoever holds the container's lock ---- */

/*
 * Puts together what is run: the instance's own settings over the container's and the image's.
 * console: the file of exec.consolelog for a process that nobody is attached to, or -1.
 */
int start_compose(struct daemon *d, const struct exec *e, const struct container *c, bool detached,
	struct process_spec *spec, int *console, struct error *err);

/*
 * Launches the container with all that belongs to its start, and asks its warden for the process.
 * Unless it is ASKED_RUNS nothing of the container runs when this returns, and *err says why.
 * how: 'own' and 'session' count.
 */
enum asked start_launch(struct daemon *d, const struct container *c,
	const struct process_spec *spec, const struct start_how *how, int console,
	struct wire_conn *conn, struct wire_message *m, struct error *err);

#endif
