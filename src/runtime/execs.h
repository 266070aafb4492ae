/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Execution instances: a command to be run, or running, in a container. One that has been created
 * waits here for its start, for ten minutes at most; before that the oldest are forgotten if they
 * are very many, or take much memory.
 */
#ifndef RUNTIME_EXECS_H
#define RUNTIME_EXECS_H

#include "base/error.h"
#include "base/id.h"
#include "warden/protocol.h"

struct execs;

enum exec_state { EXEC_CREATED, EXEC_STARTING, EXEC_RUNNING };

struct exec {
	char id[ID_LEN + 1], container[ID_LEN + 1];
	enum exec_state state;
	bool tty;
	unsigned short rows, cols; /* of the terminal it begins with; 0: unknown */
	struct strings cmd, env; /* as given: without the container's */
	char *user;
	char *directory; /* that it begins in; NULL: the container's */
};

struct execs *execs_new(void);
void execs_free(struct execs *x);

/*
 * Adds a created instance with a new id and takes over what e holds; id receives the id.
 * ERROR_TOO_LARGE: its command and environment are more than any system would take; e is emptied.
 */
int execs_create(struct execs *x, struct exec *e, char id[ID_LEN + 1], struct error *err);

/* Notes an instance that is running already (found after a restart of the daemon). */
void execs_found(struct execs *x, const char *id, const char *container, bool tty);

/*
 * Copies the instance to *e and, if it was only created, makes it EXEC_STARTING, so that one
 * caller starts it. ERROR_NOT_FOUND; ERROR_CONFLICT while another starts it.
 */
int execs_start(struct execs *x, const char *id, struct exec *e, struct error *err);

/* Copies the instance to *e. ERROR_NOT_FOUND. */
int execs_get(struct execs *x, const char *id, struct exec *e, struct error *err);

/*
 * A container's warden is about to be asked which instances run, execs_found. Those that it does
 * not name have ended: execs_settle, when the answer is complete, forgets them; one that has been
 * started meanwhile is none of them.
 */
void execs_doubt(struct execs *x, const char *container);
void execs_settle(struct execs *x, const char *container);

void execs_running(struct execs *x, const char *id);

/* The start that execs_start has begun failed: it can be tried again. */
void execs_failed(struct execs *x, const char *id);

/* Forgets an instance; those of a container that ran, now that it has ended; all of a container. */
void execs_remove(struct execs *x, const char *id);
void execs_remove_running(struct execs *x, const char *container);
void execs_remove_container(struct execs *x, const char *container);

void exec_free(struct exec *e);

#endif
