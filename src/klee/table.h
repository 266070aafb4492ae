/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of text, with a rule below the titles or plain. */
#ifndef KLEE_TABLE_H
#define KLEE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/mem.h"

#define TABLE_COLUMNS_MAX 32

struct table {
	const char *const *titles; /* NULL-terminated */
	bool whole; /* cells are not shortened to fit a terminal */
	struct strings cells; /* row by row */
};

/* Adds a cell to the row under way; control characters are replaced, since a cell may be hostile.
 */
void table_add(struct table *t, const char *text);

/*
 * fancy: bold titles, a rule, a blank at both sides; else columns and nothing more. If f is a
 * terminal, the widest columns are shortened to what fits it; the first one, an id, is not.
 */
void table_print(const struct table *t, FILE *f, bool fancy);

/* Whether that would shorten columns to less than is easily read. */
bool table_fits(const struct table *t, FILE *f);
void table_free(struct table *t);

#endif
