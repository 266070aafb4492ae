/* SPDX-License-Identifier: BSD-2-Clause */
/* What the lists have in common: columns, ids alone, filters, templates. */
#ifndef KLEE_LISTING_H
#define KLEE_LISTING_H

#include "klee/filter.h"
#include "klee/klee.h"

struct column {
	const char *title, *field; /* of the rows; the last column has none */
	bool spare; /* left out on a terminal that is too narrow for all */
};

struct listing {
	const char *path; /* of the API */
	const struct column *columns;
	const char *id; /* field of the rows that -q prints */
	const struct filter *filters;

	/*
	 * A new row of an object of the API's answer: the object itself, and beside it under the
	 * names that others use what is shown. whole: nothing is shortened. Where one object is
	 * shown as several rows, a list of them.
	 */
	json_t *(*row)(const json_t *object, bool whole);
	long long last; /* only so many, those made last; 0: all */
	bool sizes; /* it can be asked for sizes; rows have "Size" then */
};

extern const struct option listing_options[]; /* --format, -q, --filter, --no-trunc */

/* Asks, and prints what the options want. Returns the exit code. */
int listing(struct klee *k, const struct args *args, const struct listing *l);

/* For rows: how long ago that was, in words; "" if the field is no time. A new string value. */
json_t *listing_age(const json_t *object, const char *field);

#endif
