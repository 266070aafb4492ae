/* SPDX-License-Identifier: BSD-2-Clause */
/* What was given on the command line, asked for by the options' names. */
#include <errno.h>
#include <string.h>

#include "klee/args.h"

static const struct given *find_last(const struct args *a, const char *name)
{
	for (size_t i = a->ngiven; i-- > 0;)
		if (strcmp(a->given[i].option->name, name) == 0)
			return &a->given[i];
	return NULL;
}

/* The last time the option was given; NULL: it was not. */
static const struct given *last(const struct args *a, const char *name)
{
	const struct given *g = find_last(a, name);

	if (g != NULL)
		return g;
	for (size_t t = 0; a->tables[t] != NULL; t++)
		for (const struct option *o = a->tables[t]; o->name != NULL; o++)
			if (strcmp(o->name, name) == 0)
				return NULL;
	abort();
}

bool args_given(const struct args *a, const char *name)
{
	return find_last(a, name) != NULL;
}

bool args_letter(const struct args *a, char letter)
{
	for (size_t i = 0; i < a->ngiven; i++)
		if (a->given[i].letter && a->given[i].option->letter == letter)
			return true;
	return false;
}

bool args_flag(const struct args *a, const char *name)
{
	return last(a, name) != NULL;
}

int args_switch(const struct args *a, const char *name)
{
	const struct given *g = last(a, name);

	return g == NULL ? -1 : g->on;
}

const char *args_value(const struct args *a, const char *name)
{
	const struct given *g = last(a, name);

	return g == NULL ? NULL : g->value;
}

void args_list(const struct args *a, const char *name, struct strings *list)
{
	if (last(a, name) == NULL)
		return;
	for (size_t i = 0; i < a->ngiven; i++)
		if (strcmp(a->given[i].option->name, name) == 0)
			strings_add(list, a->given[i].value);
}

int args_number(const struct args *a, const char *name, long long min, long long fallback,
	long long *n, struct error *err)
{
	const char *text = args_value(a, name);
	char *end;

	*n = fallback;
	if (text == NULL)
		return 0;
	errno = 0;
	*n = strtoll(text, &end, 10);
	if (errno == 0 && *end == '\0' && end != text && *n >= min)
		return 0;
	error_set(
		err, ERROR_INVALID, "--%s: '%s' is no whole number from %lld on", name, text, min);
	err->code = EXIT_KLEE_FAILED;
	return -1;
}
