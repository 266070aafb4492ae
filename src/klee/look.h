/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command must know of a container before it does something to it. */
#ifndef KLEE_LOOK_H
#define KLEE_LOOK_H

#include "klee/klee.h"

struct look {
	char *id, *status; /* each fit to be printed */
	bool running, auto_remove;
};

/* Asks kleened; release with look_free. Returns -1 with *err, and nothing to be released. */
int look(struct klee *k, const char *container, struct look *l, struct error *err);

/* The same from an answer to the inspection, with the name where that has no id. */
void look_at(const json_t *answer, const char *container, struct look *l);
void look_free(struct look *l);

#endif
