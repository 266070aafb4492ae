/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting processes in containers: what run, start, exec and restart have in common. */
#ifndef KLEE_EXECUTION_H
#define KLEE_EXECUTION_H

#include <stdio.h>

#include "klee/klee.h"

struct execution {
	const char *container;
	const struct strings *command; /* NULL or empty: the container's own */
	const struct strings *env; /* NULL: none */
	const char *user; /* NULL: the container's */
	const char *directory; /* that it begins in; NULL: the container's */
	bool tty, interactive, detach;
	bool running_only; /* refuse if the container does not run */
	bool stopped_only; /* refuse if the container runs already */
	const char *title; /* printed before the instance's line; NULL: nothing */
	FILE *status; /* where Klee's own lines go; NULL: nowhere */
	bool only_created; /* on return: no process was started */
	bool abandoned; /* on return: Klee went away from the process before its end */
};

extern const struct option attach_options[]; /* -d, -i, -t, -q, --status */

/*
 * Takes detach, interactive, tty and status from attach_options. Klee's own lines go to standard
 * output if that is a terminal, or nothing else is printed there; else to standard error, unless
 * that would put them between what the reader of a pipe prints on the terminal.
 */
void execution_options(struct execution *e, const struct args *args);

/* Prints a line of Klee's own. */
void execution_say(const struct execution *e, const char *line);

/*
 * Creates the execution instance, prints its line, starts it, and unless detached passes its
 * input and output until it ends. Reports errors. Returns the exit code.
 */
int execute(struct klee *k, struct execution *e);

/* Starts the container's own command, detached, and prints nothing. -1 with *err on failure. */
int execute_detached(struct klee *k, const char *container, struct error *err);

#endif
