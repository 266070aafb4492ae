/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only moves bytes and waits in between: attached clients, followers of logs. Each is a state
 * machine, a mover; one thread takes steps with all of them, so that ten thousand cost no thread
 * each. A step must not wait, for the others would wait with it.
 */
#ifndef DAEMON_MOVERS_H
#define DAEMON_MOVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define MOVER_SLOTS   4 /* descriptors that a mover may wait for */
#define MOVER_SCRATCH 65536 /* bytes of memory that all share, good during a step */

struct movers;
struct mover;

struct mover_kind {
	/*
	 * One step: after mover_wake, at ticks, and when a descriptor is ready; bit
	 * n of ready: that in slot n. Returns false when all is over: by then nobody may call
	 * mover_wake any more.
	 */
	bool (*step)(struct mover *m, unsigned int ready);
	/* After the last step, in the movers' thread: may free the mover, must not wait. */
	void (*over)(struct mover *m);
};

/* Part of what moves. Begins as zeros; only movers.c looks inside. */
struct mover {
	const struct mover_kind *kind;
	struct movers *movers;
	struct mover_slot {
		struct mover *mover;
		int fd; /* 1 + the descriptor; 0: none */
		bool output;
	} slots[MOVER_SLOTS];
	unsigned int ready; /* slots, since the last step */
	struct mover *next; /* of those whose step is due */
	bool due, is_over;
	struct mover *before, *after; /* of those that tick */
	bool ticks;
};

struct movers *movers_new(struct error *err);

/* Ends the thread. No mover may be left. NULL is allowed. */
void movers_free(struct movers *ms);

/* Prepares a mover. Its first step comes after mover_wake, and may be its last: then it is gone. */
void mover_init(struct movers *ms, struct mover *m, const struct mover_kind *kind);

/* Has the thread take a step soon. From any thread, and with locks held: it waits for nothing. */
void mover_wake(struct mover *m);

/* --- during a step --- */

/*
 * The descriptor that the slot waits for from now on, until it can be read from, or written to
 * (output); -1: none. A descriptor is taken out of its slot before it is closed.
 */
int mover_wait(struct mover *m, unsigned int slot, int fd, bool output, struct error *err);

/* Whether a step is taken ten times a second, for what nothing else would tell. */
void mover_tick(struct mover *m, bool on);

void *mover_scratch(struct mover *m);

#endif
