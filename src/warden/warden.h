/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warden: one per running container. It makes the container, starts the processes that the
 * daemon asks for, keeps the other ends of their streams, reaps them, and ends when none is left.
 * It has one thread and waits in one poll(2).
 */
#ifndef WARDEN_H
#define WARDEN_H

#include <stdint.h>

#include "base/clock.h"
#include "host/jail.h"
#include "warden/journal.h"
#include "warden/outgoing.h"
#include "warden/protocol.h"

struct connection;

/* A process started on request. */
struct process {
	struct process *next;
	char *id;
	pid_t pid;
	bool tty, detached;
	bool internal; /* the daemon's own, of no execution instance */
	bool first; /* the one that the container was started for */
	bool failed; /* the child reported that the command cannot run */
	bool exited, told;
	int code; /* of one that failed: what the command cannot run for */
	/* terminal: [0] its master; otherwise the warden's ends of input, output and error */
	int streams[3];
	struct wire_conn report; /* from the child, until it has executed its command */
	struct connection *starter; /* waits for the answer to START */
	struct connection *attached;
	struct connection *waiter; /* internal: gets EXIT */
	int console; /* takes the place of the log; -1: none */
};

/* A connection of the daemon. */
struct connection {
	struct connection *next;
	struct wire_conn wire;
	struct outgoing out;
	bool watching; /* gets EXIT of every process */
	bool holding; /* the container does not end while it is open */
	bool closed; /* to be freed at the end of the round */
};

enum stop_phase { STOP_NONE, STOP_ASK, STOP_TERM, STOP_KILL };

struct warden {
	struct jail *jail;
	struct journal journal;
	struct process *processes;
	bool begun; /* a process has been started that was not internal */
	struct connection *connections;
	int listener;
	int lock; /* held until the end of this process */
	int child_events; /* readable after SIGCHLD */
	enum stop_phase stopping;
	int64_t stop_deadline; /* until SIGKILL, CLOCK_MONOTONIC ms */
	int stop_signal; /* what STOP_ASK sends */
	bool strangers; /* only processes are left whose end nobody tells us */
	bool ended; /* no process is left */
	int exit_code; /* of the process that ended last; -1: none has */
};

/* process.c */
struct process *process_find(struct warden *w, const char *id);

/*
 * Starts the process; the answer follows when the child has executed the command or failed
 * (process_report). starter: the connection that asked, NULL for none.
 */
int process_start(struct warden *w, const struct process_spec *spec, struct connection *starter,
	struct process **started, struct error *err);

/* Takes what the child says on its report socket. */
void process_report(struct process *p);

/* Reads what a stream holds and writes it to the log, or to its console. index: 0 (terminal), 1, 2.
 */
void process_log(struct warden *w, struct process *p, int index);

/* True if the warden itself should read the process's output. */
bool process_is_logged(const struct process *p);

/* Reaps every process that has ended and tells who wants to know; sets w->ended. */
void process_reap(struct warden *w);

/* Forgets processes of which nothing is left to be known; with all set, every one. */
void process_forget(struct warden *w, bool all);

/* Sends STARTED with the process's descriptors, and makes the connection its attachment. */
void process_attach(struct process *p, struct connection *c);

/* Tells status file and watchers that no process is left. */
void tell_ended(struct warden *w);

/* request.c */

/* Handles the messages that have arrived on a connection. */
void request_read(struct warden *w, struct connection *c);

/* connection.c */
struct connection *connection_add(struct warden *w, int fd);

/*
 * Sends a message without waiting; what the socket does not take now follows. A connection whose
 * other end reads nothing for very long is closed: who watches comes again and asks how it stands.
 */
void connection_send(struct connection *c, struct wire *w, const int *fds, size_t nfds);

/* Sends more of what waits. */
void connection_flush(struct connection *c);

/* Waits, but not for ever, until those who listen have taken what they were sent. */
void connections_drain(struct warden *w);

/*
 * Frees connections that are closed; what they were attached to is logged from now on. True if one
 * of them held the container.
 */
bool connections_forget(struct warden *w);

/* stop.c */
void stop_begin(struct warden *w, struct wire_message *m);
void stop_step(struct warden *w); /* goes on to the next phase when it is time */

/* KILL: a signal for the process the container was started for; for all where that has ended. */
int stop_kill(struct warden *w, struct wire_message *m, struct error *err);

#endif
