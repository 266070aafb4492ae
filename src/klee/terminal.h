/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's terminal and the signals that concern it. */
#ifndef KLEE_TERMINAL_H
#define KLEE_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

struct terminal {
	bool raw;
	struct termios saved;
};

/* Standard input passes every key through unchanged, cfmakeraw(3). False: it is no terminal. */
bool terminal_raw(struct terminal *t);
void terminal_restore(struct terminal *t);

/* The size of the caller's terminal; false if there is none. */
bool terminal_size(unsigned int *rows, unsigned int *cols);

/*
 * From now on the signals given (ends with 0) are written as bytes to a pipe. Returns its reading
 * end, or -1 with errno. One at a time: handlers have no argument but the signal.
 */
int signals_catch(const int *signals);
void signals_release(void);

#endif
