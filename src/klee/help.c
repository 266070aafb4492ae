/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/help.h"

#include <string.h>

#include "base/mem.h"

#define COLUMN_MAX     30 /* summaries start here at the latest */
#define LINE_MAX_WIDTH 80

/* "-n, --network NETWORK", "--dns/--no-dns" */
static char *option_text(const struct option *o)
{
	struct buffer b = {0};

	if (o->letter != 0)
		buffer_printf(&b, "-%c, ", o->letter);
	buffer_printf(&b, "--%s", o->name);
	if (o->kind == OPTION_SWITCH)
		buffer_printf(&b, "/--no-%s", o->name);
	if (o->value != NULL)
		buffer_printf(&b, " %s", o->value);
	if (o->kind == OPTION_LIST)
		buffer_puts(&b, "...");
	return b.data;
}

/* Words from a column on, in as many lines as they need. */
static void wrapped(FILE *f, size_t column, const char *text)
{
	while (strlen(text) > LINE_MAX_WIDTH - column) {
		size_t len = LINE_MAX_WIDTH - column;

		while (len > 0 && text[len] != ' ')
			len--;
		if (len == 0) { /* a word that is longer than a line is parted at its commas */
			len = LINE_MAX_WIDTH - column;
			while (len > 0 && text[len - 1] != ',')
				len--;
		}
		if (len == 0)
			break;
		fprintf(f, "%.*s\n%*s", (int)len, text, (int)column, "");
		text += len + (text[len] == ' ');
	}
	fprintf(f, "%s\n", text);
}

static void row(FILE *f, size_t width, const char *left, const char *summary)
{
	if (strlen(left) > width)
		fprintf(f, "  %s\n  %*s  ", left, (int)width, "");
	else
		fprintf(f, "  %-*s  ", (int)width, left);
	wrapped(f, width + 4, summary);
}

static void widen(size_t *width, const char *text)
{
	size_t len = strlen(text);

	if (len > *width && len <= COLUMN_MAX)
		*width = len;
}

static void options(FILE *f, const struct option *const *tables)
{
	size_t width = 0;

	for (size_t t = 0; tables[t] != NULL; t++) {
		for (const struct option *o = tables[t]; o->name != NULL; o++) {
			AUTO_FREE char *text = option_text(o);

			widen(&width, text);
		}
	}
	widen(&width, "--help");
	fputs("\nOptions:\n", f);
	for (size_t t = 0; tables[t] != NULL; t++) {
		for (const struct option *o = tables[t]; o->name != NULL; o++) {
			AUTO_FREE char *text = option_text(o);

			row(f, width, text, o->summary);
		}
	}
}

/* Appends a short text to a line that has 'column' characters, or to a new one. */
static void flow(FILE *f, size_t *column, const char *text)
{
	if (*column > 0 && *column + strlen(text) + 3 > LINE_MAX_WIDTH - 2) {
		fputc('\n', f);
		*column = 0;
	}
	*column += (size_t)fprintf(f, "%s%s", *column == 0 ? "  " : ",  ", text);
}

static void shortcuts(FILE *f)
{
	size_t column = 0;

	fputs("\nShortcuts:\n", f);
	for (size_t i = 0; commands[i] != NULL; i++) {
		const struct command *c = commands[i];
		AUTO_FREE char *text = c->shortcut == NULL ? NULL
							   : xasprintf("%s = %s %s", c->shortcut,
								     c->group, c->name);

		if (text != NULL)
			flow(f, &column, text);
	}
	for (const struct word *w = other_words; w->word != NULL; w++) {
		AUTO_FREE char *text = w->command == NULL || w->group != NULL
					       ? NULL
					       : xasprintf("%s = %s %s", w->word, w->command->group,
							 w->command->name);

		if (text != NULL)
			flow(f, &column, text);
	}
	fputs("\n\nWords of others, of which 'klee help WORD' says what does it here:\n", f);
	column = 0;
	for (const struct word *w = other_words; w->word != NULL; w++)
		if (w->command == NULL && w->group == NULL)
			flow(f, &column, w->word);
	fputc('\n', f);
}

void help_top(FILE *f, const struct option *const *global_options)
{
	fputs("Usage: klee [OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]\n\n"
	      "Manage containers, images, networks and volumes through Kleened.\n\nCommands:\n",
		f);
	for (const struct group *g = groups; g->name != NULL; g++)
		row(f, 9, g->name, g->summary);
	shortcuts(f);
	options(f, global_options);
	fputs("\nSee 'klee help COMMAND' or 'klee COMMAND --help' for more.\n", f);
}

void help_group(FILE *f, const struct group *group)
{
	size_t width = 0;

	fprintf(f, "Usage: klee %s COMMAND [OPTIONS] [ARGUMENTS]\n\n%s.\n\nCommands:\n",
		group->name, group->summary);
	for (size_t i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->group, group->name) == 0)
			widen(&width, commands[i]->name);
	for (size_t i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->group, group->name) == 0)
			row(f, width, commands[i]->name, commands[i]->summary);
	fprintf(f, "\nSee 'klee %s COMMAND --help' for more.\n", group->name);
}

void help_command(FILE *f, const struct command *c)
{
	fprintf(f, "Usage: klee %s %s%s%s%s\n\n%s.\n", c->group, c->name,
		c->options[0] != NULL ? " [OPTIONS]" : "", c->arguments[0] != '\0' ? " " : "",
		c->arguments, c->summary);
	if (c->shortcut != NULL)
		fprintf(f, "\nShortcut: klee %s\n", c->shortcut);
	if (c->options[0] != NULL)
		options(f, c->options);
}
