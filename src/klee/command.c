#include "klee/command.h"

#include <stdint.h>
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

struct arity command_arity(const struct command *command)
{
	struct arity arity = {.leading = SIZE_MAX};
	size_t len, n = 0;

	for (const char *p = command->arguments; *p != '\0'; p += len, n++) {
		p += strspn(p, " ");
		len = strcspn(p, " ");
		if (*p != '[')
			arity.min++;
		if (len > 3 && strncmp(p + len - 3, "...", 3) == 0)
			arity.max = SIZE_MAX;
		else if (arity.max != SIZE_MAX)
			arity.max++;
		if (strncmp(p, "[COMMAND]", 9) == 0 || strncmp(p, "COMMAND", 7) == 0)
			arity.leading = n;
	}
	return arity;
}
