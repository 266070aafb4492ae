/* SPDX-License-Identifier: BSD-2-Clause */
/* --filter KEY=VALUE of the lists. */
#ifndef KLEE_FILTER_H
#define KLEE_FILTER_H

#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"

enum filter_match {
	FILTER_EQUAL,
	FILTER_BEGINNING,
	FILTER_PART,
	FILTER_REFERENCE, /* NAME[:TAG], with the patterns of sh(1) */
	FILTER_LABEL, /* NAME or NAME=VALUE in an object */
	FILTER_MEMBER, /* one of a list, or of the "source" or "network" of its objects */
};

/* What a key means. Keys of a row may be named several times: then any of the values will do. */
struct filter {
	const char *key, *field; /* of the list's rows; ends with a row without key */
	enum filter_match match;
};

/* Whether all that is given can be looked for. -1 with *err, which names the keys there are. */
int filters_check(const struct filter *filters, const struct strings *given, struct error *err);

/* Whether the row is as all keys want it. The given ones have been checked. */
bool filters_match(const struct filter *filters, const struct strings *given, const json_t *row);

#endif
