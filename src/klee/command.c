/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/command.h"

#include <string.h>

const struct word *word_find(const char *group, const char *word)
{
	for (const struct word *w = other_words; w->word != NULL; w++)
		if (strcmp(w->word, word) == 0 &&
			(group == NULL ? w->group == NULL
				       : w->group != NULL && strcmp(w->group, group) == 0))
			return w;
	return NULL;
}

const struct command *command_find(const char *group, const char *name)
{
	const struct word *word;

	for (size_t i = 0; commands[i] != NULL; i++) {
		const struct command *c = commands[i];

		if (group == NULL && c->shortcut != NULL && strcmp(c->shortcut, name) == 0)
			return c;
		if (group != NULL && strcmp(c->group, group) == 0 && strcmp(c->name, name) == 0)
			return c;
	}
	word = word_find(group, name);
	return word != NULL ? word->command : NULL;
}

const struct group *group_find(const char *name)
{
	for (const struct group *g = groups; g->name != NULL; g++)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}
