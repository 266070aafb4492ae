/* SPDX-License-Identifier: BSD-2-Clause */
/* The parameters of one list, each once, checked and in one form. */
#ifndef PARAMS_JAILPARAM_VALUES_H
#define PARAMS_JAILPARAM_VALUES_H

#include "base/error.h"
#include "base/mem.h"
#include "params/jailparam_table.h"

struct json_t;

struct jailparam_value {
	const struct jailparam *param;
	/* booleans: "true" or "false"; numbers: in decimal; lists: an element each */
	struct strings v;
};

struct jailparam_values {
	struct jailparam_value *v;
	size_t n;
};

/* Reads a JSON array of strings (NULL: none); later ones win. ERROR_INVALID naming what is wrong.
 */
int jailparam_values_parse(enum host_system system, const struct json_t *list,
	struct jailparam_values *values, struct error *err);
/*
 * A list as it is with what was added: a parameter that is set anew takes the place of the old one,
 * and NAME+=VALUE adds to it. Both lists hold what was checked. The caller frees.
 */
struct json_t *jailparam_merged(const struct json_t *list, const struct json_t *added);
void jailparam_values_free(struct jailparam_values *values);

/* The parameter of that name, NULL if there is none in the table. */
const struct jailparam *jailparam_named(const char *name);

/* The value as one string, elements separated by commas; NULL: it is not in the list. The caller
 * frees. */
char *jailparam_value_text(const struct jailparam_values *values, const struct jailparam *param);

/* True if it is in the list with that value. */
bool jailparam_value_is(const struct jailparam_values *values, const char *name, const char *value);

#endif
