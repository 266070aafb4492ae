/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known by id: found in the same time however many there are. */
#ifndef BASE_ID_TABLE_H
#define BASE_ID_TABLE_H

#include <stddef.h>

#include "base/id.h"

/* Zero-initialised. */
struct id_table {
	struct id_entry **slots;
	size_t size; /* of slots: 0 or a power of two */
	size_t n; /* entries */
};

/* The value kept under the id; NULL: none. */
void *id_table_get(const struct id_table *t, const char *id);

/* Keeps a value, which is the caller's, under an id that has none. */
void id_table_put(struct id_table *t, const char *id, void *value);

/* Forgets the id; returns what was kept under it, NULL: nothing. */
void *id_table_take(struct id_table *t, const char *id);

/* A way through all values, in no order. Zero-initialised. */
struct id_cursor {
	size_t slot;
	struct id_entry *next;
};

/* The next value; NULL after the last. Meanwhile only the one returned last may be taken. */
void *id_table_next(const struct id_table *t, struct id_cursor *at);

/* The values stay. */
void id_table_free(struct id_table *t);

#endif
