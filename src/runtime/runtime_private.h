/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the runtime share. */
#ifndef RUNTIME_RUNTIME_PRIVATE_H
#define RUNTIME_RUNTIME_PRIVATE_H

#include <pthread.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/id_table.h"
#include "daemon/daemon.h"
#include "host/poller.h"
#include "runtime/run_files.h"
#include "runtime/runtime.h"

#define REQUEST_TIMEOUT 10000 /* ms: for a warden's answer */
#define LOG_SIZE	(8u << 20) /* bytes of one of a container's two log files */

/*
 * The daemon's connection to a warden. That there is none says nothing of the container: it runs
 * until the kernel says that its warden has ended.
 */
enum link {
	LINK_SILENT, /* there is none; it is made again from time to time */
	LINK_ASKED, /* made; what runs in the container has not been answered yet */
	LINK_UP,
};

/* What of a row is waited for. */
enum source_kind { SOURCE_WATCH, SOURCE_PROCESS, SOURCE_MEMORY, SOURCES };

struct source {
	struct running *row;
	enum source_kind kind;
	bool waiting; /* it is in the poller */
};

/* What is to be done for a row by the threads of ending.c. */
enum { TODO_CLOSE = 1, TODO_END = 2 };

/*
 * A row. It is its maker's until runtime_add, then the watching thread's, and at last, when that
 * has queued TODO_END, of the thread that does so, which frees it.
 */
struct running {
	char id[ID_LEN + 1];

	/* the owner's, who changes them under the mutex while the row is in the table */
	pid_t pid; /* the warden's; -1: not known */
	int process; /* process_watch; -1: the lock is looked at instead */

	/* the owner's alone */
	struct wire_conn watch; /* fd -1: there is none */
	enum link link;
	struct source sources[SOURCES];
	int memory_watch; /* limits_watch; -1: none */
	struct running
		*next_silent; /* in the list of those without connection, or that have ended */
	int64_t retry_at; /* now_ms */
	unsigned int retry_delay;
	bool close_queued; /* TODO_CLOSE has been */

	/* under the mutex */
	unsigned int version; /* of the protocol that the warden speaks */
	int number;
	bool undecided; /* recovered, and it is not known yet how it is */
	bool ending; /* no process is left in it */
	bool closed; /* the warden has undone what it had made; the kernel may still be at it */
	bool ended; /* the warden's process has: the row is not watched any more */
	struct exit_status exit;
	bool exit_known; /* better than by what its processes' ends say */
	bool limited; /* it may have got a limit of its memory */
	bool starting; /* until runtime_started: the end, and what it is noted as, waits */
	bool end_commands; /* something is to run at the end: it is not over before that */
	bool given_up; /* the daemon is stopping: the next one runs it */
	bool fresh; /* in the list of those that the watching thread is to look at */
	struct running *next_fresh;
	unsigned int todo; /* TODO_... */
	bool queued; /* a thread has it, or will */
	struct running *next_todo;
};

#define ENDERS	    4 /* threads that take care of ends */
#define BACKLOG_MAX 32 /* ends not yet taken care of with which nothing more is launched */

struct runtime {
	struct daemon *daemon;
	runtime_end_fn on_end;
	pthread_t watcher, enders[ENDERS];
	bool watching;
	unsigned int nenders;
	struct poller *poller;

	/* the watching thread's alone */
	struct running *silent, *ended;

	pthread_mutex_t mutex; /* of the rest */
	pthread_cond_t changed; /* a row has gone, or been closed, or been decided */
	pthread_cond_t work; /* there is something to do at an end */
	struct id_table table;
	struct running *fresh;
	struct running *todo, **last_todo;
	unsigned int backlog; /* rows whose warden has ended and that are not taken care of */
	unsigned int undecided;
	unsigned int finishing; /* threads that run what is to run at the end of a container */
	bool stopping;
};

/* A new row, and its end if it never got into the table. */
struct running *running_new(const char *id);
void running_free(struct running *c);

/* Finds a row; the caller holds the mutex. */
struct running *running_find(struct runtime *r, const char *id);

/* A process has ended, perhaps the last one, with this code; the caller holds the mutex. */
void running_exited(struct running *c, int code);

/* Puts a row into the table and has it watched. */
void runtime_add(struct runtime *r, struct running *c);

/* Has the watching thread look at the row; the caller holds the mutex. */
void runtime_attend(struct runtime *r, struct running *c);

/*
 * Waits while more containers have ended than could be taken care of: otherwise clients that start
 * them faster than that use up the host's processes and our descriptors. For a time only, so that
 * nobody waits for ever for somebody who waits for him.
 */
void runtime_make_room(struct runtime *r);

/* ---- told.c; the watching thread's ---- */

/* Does what the messages say that have come from a row's warden. -1: one is malformed. */
int runtime_take_messages(struct runtime *r, struct running *c, struct error *err);

/* ---- watching.c ---- */

#define RETRY_MIN 10 /* ms until a connection is tried again */

/* It is known now how a row is that was recovered. */
void runtime_decide(struct runtime *r, struct running *c);

void *runtime_watch(void *runtime);

/* ---- ending.c ---- */

/* Starts the threads. */
int runtime_start_enders(struct runtime *r, struct error *err);

/* Has a thread do this for the row; after TODO_END the row is not the caller's any more. */
void runtime_queue(struct runtime *r, struct running *c, unsigned int todo);

/*
 * For a container that has ended and that the host has released: runs what is to run at its end,
 * in a thread of its own, and then forgets it. The row is in the table.
 */
void runtime_finish(struct runtime *r, struct running *c);

/* ---- memory.c; but for the log, called by who owns the row ---- */

/* Whether the container has exceeded its memory; if so, that is noted and what is left ended. */
bool runtime_check_memory(struct runtime *r, struct running *c);

/* The same when memory_watch says that it may be so. */
void runtime_memory_event(struct runtime *r, struct running *c);

/* Writes to the log of a container that has ended that it has exceeded its memory. */
void runtime_log_memory_notice(struct runtime *r, const char *id);

#endif
