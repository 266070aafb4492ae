/* SPDX-License-Identifier: BSD-2-Clause */
/* Options that are a field of what is sent to kleened: a table leads from the one to the other. */
#ifndef KLEE_FIELD_OPTIONS_H
#define KLEE_FIELD_OPTIONS_H

#include "klee/klee.h"

struct field_option {
	const char *option, *field;
	enum {
		FIELD_TEXT, /* the last value */
		FIELD_TEXTS, /* all values */
		FIELD_PAIRS, /* all values, NAME=VALUE, as an object */
		FIELD_LABELS, /* the same, where NAME alone has the value "" */
		FIELD_NUMBER, /* a whole number from 0 on */
		FIELD_BYTES, /* a size such as 64M */
		FIELD_TRUE, /* true if it is given */
		FIELD_COMMAND, /* a program, a list of words as JSON has it, or "": none */
	} as;
};

/*
 * Sets the fields of those options that were given. table ends with a row without option; all of
 * them are options of args. What values may be beyond their form is for kleened to say.
 */
int field_options(const struct field_option *table, const struct args *args, json_t *config,
	struct error *err);

#endif
