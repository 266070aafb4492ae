/* SPDX-License-Identifier: BSD-2-Clause */
/* What a template consists of. */
#ifndef KLEE_TEMPLATE_PRIVATE_H
#define KLEE_TEMPLATE_PRIVATE_H

#include "klee/template.h"

#define TEMPLATE_ARGS  8
#define TEMPLATE_DEPTH 32 /* of what stands in one another */

struct function;

struct expression {
	enum { EXPRESSION_PATH, EXPRESSION_LITERAL, EXPRESSION_CALL, EXPRESSION_FIELD } kind;
	struct strings path; /* PATH: of the value; FIELD: of args[0]. Empty: the value itself */
	json_t *literal;
	const struct function *function;
	struct expression *args[TEMPLATE_ARGS];
	size_t nargs;
};

/* A function gets values that it may not change, and returns a new one; NULL with *err. */
struct function {
	const char *name;
	size_t min, max; /* arguments */
	json_t *(*call)(json_t *const *args, size_t n, struct error *err);
	bool line; /* what it gives is shown with a newline behind it */
};

/* NULL: there is none of the name. */
const struct function *template_function(const char *name);

struct template
{
	enum { NODE_TEXT, NODE_SHOW, NODE_IF, NODE_RANGE } kind;
	char *text;
	struct expression *expression;
	struct template *body, *otherwise, *next;
};

void expression_free(struct expression *e);

/* What counts as true: anything but false, null, 0 and what is empty. */
bool template_truth(const json_t *value);

#endif
