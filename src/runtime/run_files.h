/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a container has on disk of the daemon's. That its run goes on is told by the kernel: *lock*
 * is locked, flock(2), from before its launch until the warden's end, so no second one comes beside
 * it whatever anybody believes of the first.
 *
 *     <storage directory>/log/<id>/0, 1      output (warden/journal.h)
 *     <storage directory>/log/<id>/lock      held by the warden, all its life
 *     <storage directory>/log/<id>/control   the warden's socket (warden/protocol.h)
 *     <storage directory>/log/<id>/status    how processes ended (warden/journal.h)
 *     <run_dir>/container/<id>/              a sign that its end is not taken care of
 *
 * Wardens of the first release have control and status in run_dir, and no lock. There they were
 * lost when somebody tidied up below /run.
 */
#ifndef RUNTIME_RUN_FILES_H
#define RUNTIME_RUN_FILES_H

#include "store/store.h"
#include "warden/protocol.h"

struct daemon;

/* Opens one of the container's log files, made when missing. index: 0 or 1. */
int run_files_log(struct daemon *d, const char *id, int index, struct error *err);

/*
 * Takes the container's lock for a launch; the descriptor holds it. One that is just being released
 * is waited for. ERROR_CONFLICT: there is a warden.
 */
int run_files_lock(struct daemon *d, const char *id, struct error *err);

/* Whether somebody holds the lock; also when that cannot be found out. */
bool run_files_locked(struct daemon *d, const char *id);

/*
 * Makes what a launch needs, under the lock: control socket, logs, status file. It is the warden
 * that listens, so that the socket's peer is the warden and not a daemon long gone. fds: the
 * caller's, to be closed, also on failure; the lock is not among them.
 */
int run_files_make(struct daemon *d, const char *id, int fds[SETUP_FDS], struct error *err);

/* A connection to the warden, which does not wait. As control_connect. */
int run_files_connect(struct daemon *d, const char *id, struct error *err);

/* How the container ended as its warden has written it down; -1 if it did not come to that. */
int run_files_end(struct daemon *d, const char *id);

/* The end has been taken care of. */
void run_files_forget(struct daemon *d, const char *id);

/* The container is being removed. */
int run_files_remove(struct daemon *d, const char *id, struct error *err);

#endif
