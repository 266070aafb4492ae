/* What the files of the runtime share. */
#ifndef KLEENED_RUNTIME_PRIVATE_H
#define KLEENED_RUNTIME_PRIVATE_H

#include <pthread.h>
#include <sys/un.h>

#include "kleened/daemon.h"

#define REQUEST_TIMEOUT 10000 /* ms: for a warden's answer */

struct running {
	struct running *next;
	char id[ID_LEN + 1];
	pid_t pid;
	int process; /* process_watch */
	struct wire_conn watch; /* fd -1 once the warden has closed it */
	int number;
	bool ending; /* no process is left in it */
	bool closed; /* the warden has undone what it had made; the kernel may still be at it */
	int exit_code;
	bool starting; /* until runtime_started: what runs at the end waits for it */
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

/*
 * For a container that has ended and that the host has released: runs what is to run at its end,
 * in a thread of its own, and then forgets it. The row is in the table.
 */
void runtime_finish(struct runtime *r, struct running *c);

/* Puts a row into the table and has it watched. */
void runtime_add(struct runtime *r, struct running *c);

#endif
