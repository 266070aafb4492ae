/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What follows ENV and LABEL: NAME=VALUE each, or one name and all the rest as its value. Pure.
 */
#ifndef BUILD_ASSIGNMENTS_H
#define BUILD_ASSIGNMENTS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

/* What names may be. */
enum assignment_names {
	NAMES_OF_VARIABLES,
	NAMES_ANY, /* of labels: whatever is not empty */
};

/*
 * Appends NAME=VALUE for each that the text sets, without quotes and with variables replaced (vars
 * as for words_expand): "A=1 B='2 3'" sets two, "A 1 2" one. So does "A=1 2", where what follows
 * the blank is no assignment: the whole is the value of A. ERROR_INVALID: a bad name, no value, a
 * bad quote or variable.
 */
int assignments_expand(const char *text, const struct strings *vars, enum assignment_names names,
	struct strings *assignments, struct error *err);

/* ERROR_INVALID unless an entry NAME or NAME=VALUE has a proper name. */
int assignment_check_name(const char *entry, enum assignment_names names, struct error *err);

#endif
