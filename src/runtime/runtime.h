/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running containers: each has a warden, found by its control socket (run_files.h), and a row in
 * this table from its launch until the host has released everything. A thread of its own waits
 * for what the wardens tell. runtime.c is the table, launch.c fills it, recover.c does so after a
 * restart, watching.c waits, wardens.c talks with wardens, ending.c is how a row goes.
 */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

#include "base/wire.h"
#include "store/store.h"
#include "warden/protocol.h"

struct daemon;
struct runtime;
struct stop_how;

/*
 * on_end is called, in a thread that may block, for each container that has ended and of which the
 * table has nothing any more.
 */
typedef void (*runtime_end_fn)(struct daemon *d, const char *id);
struct runtime *runtime_new(struct daemon *d, runtime_end_fn on_end, struct error *err);

/* Stops watching. Wardens and their containers go on. */
void runtime_free(struct runtime *r);

/* At start: takes up the wardens that run, notes the ends of those that do not any more. */
int runtime_recover(struct runtime *r, struct error *err);

/*
 * Starts the container's warden and waits until it is ready for processes. The caller holds the
 * container's lock and has seen that it is not running, and calls runtime_started when all that
 * belongs to the start is over, however it went. visit: it is not for the container's own command.
 */
int runtime_launch(struct runtime *r, const struct container *c, bool visit, struct error *err);
void runtime_started(struct runtime *r, const char *id);

/* True if the container runs or has ended and is not yet forgotten. */
bool runtime_knows(struct runtime *r, const char *id);

/*
 * True while the container runs. One whose last process has ended is waited for, until the warden
 * has undone what it made: then the container can be removed. (Launching it anew also waits for
 * the kernel.) number (may be NULL): the jail's id, or the warden's process id.
 */
bool runtime_is_running(struct runtime *r, const char *id, int *number);

/*
 * The same for listings: does not wait. exit (may be NULL) is set for a container that has
 * ended so recently that the store does not know yet; it counts as not running.
 */
bool runtime_looks_running(
	struct runtime *r, const char *id, int *number, struct exit_status *exit);

/* The last process has ended, with this exit code (-1: unknown). */
void runtime_ending(struct runtime *r, const char *id, int exit_code);

/* To be called when a running container may have got a limit of its memory. */
void runtime_watch_memory(struct runtime *r, const char *id);

/* Whether the container, running or in its last run, was ended since it exceeded its memory. */
bool runtime_out_of_memory(struct runtime *r, const char *id);

/* "container ID exceeded its memory limit of 64M"; the caller frees it. */
char *runtime_memory_notice(struct runtime *r, const char *id);

/* A new connection to the container's warden. ERROR_CONFLICT: it is not running (any more). */
int runtime_connect(struct runtime *r, const char *id, struct wire_conn *c, struct error *err);

/* Sends a message on a new connection and waits for OK. */
int runtime_request(struct runtime *r, const char *id, struct wire *w, struct error *err);

/* Waits until the container has ended and the host has released it. */
void runtime_wait_end(struct runtime *r, const char *id);

/*
 * Has the kernel end a container, whatever its warden does. Nothing is done if it does not run, and
 * nothing waited for. May be repeated: what cannot be found now may be found later.
 */
int runtime_force_end(struct runtime *r, const char *id, struct error *err);

/* Removes what a container that does not run has left on the host, and says so if it did. */
void runtime_sweep(struct daemon *d, const char *id);

/*
 * Ends a container, if it runs, and waits until the host has released it: its warden is asked,
 * which sends SIGTERM or how->signal and, when how->timeout is over (0: at once), SIGKILL; if it
 * does not end then, the kernel is. So this ends whatever container and warden do. -1: even the
 * kernel could not end it.
 */
int runtime_stop(struct runtime *r, const char *id, const struct stop_how *how, struct error *err);

/* The same at once; a failure is logged. */
void runtime_end(struct runtime *r, const char *id);

/*
 * runtime_end for a container whose start has failed, which is then over (runtime_started). code:
 * how that counts as ended; -1: as it did.
 */
void runtime_abort(struct runtime *r, const char *id, int code);

#endif
