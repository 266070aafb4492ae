/* Tables of text, with a rule below the titles or plain. */
#ifndef KLEE_TABLE_H
#define KLEE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/mem.h"

struct table {
	const char *const *titles; /* NULL-terminated */
	struct strings cells; /* row by row */
};

/* Adds a cell to the row under way; control characters are replaced, since a cell may be hostile.
 */
void table_add(struct table *t, const char *text);

/* fancy: bold titles, a rule, a blank at both sides; else columns and nothing more. */
void table_print(const struct table *t, FILE *f, bool fancy);
void table_free(struct table *t);

#endif
