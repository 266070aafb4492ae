/*
 * Running containers: each has a warden, found by its control socket below run_dir, and a row in
 * this table from its launch until the host has released everything. A thread of its own waits
 * for what the wardens tell. runtime.c is the table, launch.c fills it, recover.c does so after a
 * restart.
 *
 *     <run_dir>/container/<id>/control    the warden's socket (warden/protocol.h)
 *     <run_dir>/container/<id>/status     how processes ended (warden/journal.h)
 *     <storage directory>/log/<id>/0, 1   output (warden/journal.h)
 */
#ifndef KLEENED_RUNTIME_H
#define KLEENED_RUNTIME_H

#include "base/wire.h"
#include "kleened/store.h"
#include "warden/protocol.h"

struct daemon;
struct runtime;

struct runtime *runtime_new(struct daemon *d, struct error *err);

/* Stops watching. Wardens and their containers go on. */
void runtime_free(struct runtime *r);

/* At start: takes up the wardens that run, notes the ends of those that do not any more. */
int runtime_recover(struct runtime *r, struct error *err);

/*
 * Starts the container's warden and waits until it is ready for processes. The caller holds the
 * container's lock and has seen that it is not running, and calls runtime_started when all that
 * belongs to the start is over, however it went.
 */
int runtime_launch(struct runtime *r, const struct container *c, struct error *err);
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

/* Kills all processes of a container; runtime_end also waits for its end. Both: if it runs. */
void runtime_kill(struct runtime *r, const char *id);
void runtime_end(struct runtime *r, const char *id);

/* Opens one of the container's log files, made when missing. index: 0 or 1. */
int runtime_open_log(struct daemon *d, const char *id, int index, struct error *err);

/* Removes the container's logs. */
int runtime_remove_logs(struct daemon *d, const char *id, struct error *err);

#endif
