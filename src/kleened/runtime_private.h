/* What the files of the runtime share. */
#ifndef KLEENED_RUNTIME_PRIVATE_H
#define KLEENED_RUNTIME_PRIVATE_H

#include <pthread.h>
#include <sys/un.h>

#include "kleened/daemon.h"

#define REQUEST_TIMEOUT 10000 /* ms: for a warden's answer */
#define LOG_SIZE	(10u << 20) /* bytes of one of a container's two log files */

struct running {
	struct running *next;
	char id[ID_LEN + 1];
	pid_t pid;
	int process; /* process_watch */
	struct wire_conn watch; /* fd -1 once the warden has closed it */
	int number;
	unsigned int version; /* of the protocol, that its warden speaks */
	bool ending; /* no process is left in it */
	bool closed; /* the warden has undone what it had made; the kernel may still be at it */
	struct exit_status exit;
	int memory_watch; /* limits_watch; -1: none */
	bool starting; /* until runtime_started: the end, and what it is noted as, waits */
	bool end_commands; /* something is to run at the end: it is not over before that */
	bool given_up; /* the daemon is stopping: the next one runs it */
};

struct runtime {
	struct daemon *daemon;
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* a row has gone, or been closed */
	struct running *table;
	int wake[2]; /* makes the thread look at the table anew */
	bool stopping;
	pthread_t thread;
	unsigned int finishing; /* threads that run what is to run at the end of a container */
};

/* The container's directory below run_dir. The caller frees it. */
char *runtime_dir(struct runtime *r, const char *id);

/* Removes that directory and what is in it. */
void runtime_remove_dir(struct runtime *r, const char *id);

/* The address of the warden's control socket. */
struct sockaddr_un runtime_control_address(struct runtime *r, const char *id);

int runtime_connect_control(
	struct runtime *r, const char *id, struct wire_conn *c, struct error *err);

/* A new row, and its end if it never got into the table. */
struct running *running_new(const char *id);
void running_free(struct running *c);

/* The warden's process has ended and the host has released the container: tidies up, forgets it. */
void runtime_has_ended(struct runtime *r, struct running *c);

/*
 * For a container that has ended and that the host has released: runs what is to run at its end,
 * in a thread of its own, and then forgets it. The row is in the table.
 */
void runtime_finish(struct runtime *r, struct running *c);
/* Finds a row; the caller holds the mutex. */
struct running *running_find(struct runtime *r, const char *id);

/* Makes the thread look at the table anew. */
void runtime_wake(struct runtime *r);

/*
 * Does what the warden's messages say that have been read already. Called by the thread that
 * watches, or before there is a row. -1: one is malformed.
 */
int runtime_take_messages(struct runtime *r, struct running *c, struct error *err);

/* Puts a row into the table and has it watched. */
void runtime_add(struct runtime *r, struct running *c);

/* ---- memory.c; but for the log, called by the thread that watches, or before there is a row ----
 */

/* Whether the container has exceeded its memory; if so, that is noted and what is left ended. */
bool runtime_check_memory(struct runtime *r, struct running *c);

/* The same when memory_watch says that it may be so. */
void runtime_memory_event(struct runtime *r, struct running *c);

/* Writes to the log of a container that has ended that it has exceeded its memory. */
void runtime_log_memory_notice(struct runtime *r, const char *id);

#endif
