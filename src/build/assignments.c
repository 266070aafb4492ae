/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/assignments.h"

#include <string.h>

#include "build/variables.h"

#define BLANKS " \t"

static bool is_name(const char *name, const char *end, enum assignment_names names)
{
	if (names == NAMES_ANY)
		return end != NULL ? end > name : *name != '\0';
	return variable_name(name, end);
}

int assignment_check_name(const char *entry, enum assignment_names names, struct error *err)
{
	const char *equals = strchr(entry, '=');

	if (is_name(entry, equals, names))
		return 0;
	return error_set(err, ERROR_INVALID, "'%.*s' is no name of a %s",
		equals ? (int)(equals - entry) : 80, entry,
		names == NAMES_ANY ? "label" : "variable");
}

/* All of the text as one word. The caller frees; NULL with *err. */
static char *expand_whole(const char *text, const struct strings *vars, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (words_expand(text, vars, WORDS_ONE, false, &words, err) != 0)
		return NULL;
	return xstrdup(words.n > 0 ? words.v[0] : "");
}

/* "NAME value" */
static int expand_single(const char *text, const struct strings *vars, enum assignment_names names,
	struct strings *assignments, struct error *err)
{
	size_t len = strcspn(text, BLANKS);
	AUTO_FREE char *value = NULL;
	AUTO_FREE char *entry = NULL;

	if (text[len] == '\0')
		return error_set(err, ERROR_INVALID, "expected NAME=VALUE, not '%.80s'", text);
	value = expand_whole(text + len + strspn(text + len, BLANKS), vars, err);
	if (value == NULL)
		return -1;
	entry = xasprintf("%.*s=%s", (int)len, text, value);
	if (assignment_check_name(entry, names, err) != 0)
		return -1;
	strings_take(assignments, take_ptr(&entry));
	return 0;
}

/* Whether each of the words sets something; -1 with *err: one is a comment. */
static int all_assign(const struct strings *words, enum assignment_names names, struct error *err)
{
	bool all = true;

	for (size_t k = 1; k < words->n; k++) {
		const char *equals = strchr(words->v[k], '=');

		if (words->v[k][0] == '#')
			return error_set(err, ERROR_INVALID,
				"'#' begins a comment only at the start of a line");
		all &= equals != NULL && is_name(words->v[k], equals, names);
	}
	return all;
}

int assignments_expand(const char *text, const struct strings *vars, enum assignment_names names,
	struct strings *assignments, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};
	int all;

	/* a quoted name of a label may have blanks */
	if (*text != '"' && memchr(text, '=', strcspn(text, BLANKS)) == NULL)
		return expand_single(text, vars, names, assignments, err);
	if (words_expand(text, vars, WORDS_WHOLE, false, &words, err) != 0)
		return -1;
	if (strchr(words.v[0], '=') == NULL)
		return expand_single(text, vars, names, assignments, err);
	if (assignment_check_name(words.v[0], names, err) != 0)
		return -1;
	all = all_assign(&words, names, err);
	if (all < 0)
		return -1;
	if (all) {
		strings_copy(assignments, &words);
		return 0;
	}
	strings_take(assignments, expand_whole(text, vars, err));
	if (assignments->v[assignments->n - 1] != NULL)
		return 0;
	assignments->n--;
	return -1;
}
