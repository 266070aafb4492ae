/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process of a container and the caller's terminal, pipes and signals, tied together until the
 * process ends.
 */
#ifndef KLEE_ATTACH_H
#define KLEE_ATTACH_H

#include "klee/closing.h"
#include "klee/klee.h"

struct attachment {
	const char *exec_id;
	bool tty; /* the process has a terminal */
	bool interactive; /* it gets our standard input */
	int status; /* descriptor that Klee's own lines go to; -1: none */
	bool running_only; /* refuse if the container does not run */
	bool stopped_only; /* refuse if the container runs already */
};

struct attach_end {
	struct closing closing; /* how the stream ended, unless one of the two below says more */
	int signal; /* that ended Klee's part; 0: none */
	int write_error; /* errno of an output that could not be written; 0: none */
	bool newline; /* what is to be seen at 'status' ended with one, or there was nothing */
};

/*
 * Starts the execution instance and passes bytes until it is over. The caller's terminal is as
 * before when it returns. -1: nothing was started, *err says why.
 */
int attach(struct klee *k, const struct attachment *a, struct attach_end *end, struct error *err);

#endif
