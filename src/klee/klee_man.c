/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints klee's manual pages out of the tables of its commands and options, when Kleene is built:
 *
 *     klee_man main                    klee(1), with its text from standard input
 *     klee_man GROUP COMMAND [FILE]    klee-GROUP-COMMAND(1); the file has what it does, and behind
 *                                      a line @OPTIONS@ more sections
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mdoc.h"
#include "klee/command.h"
#include "klee/settings.h"

#define DATE	     "November 22, 2026"
#define COMMANDS_MAX 64 /* of a group */

/* ---- options and arguments ---- */

static void option_names(const struct option *o)
{
	if (o->letter != 0)
		printf("Fl %c , ", o->letter);
	printf("Fl -%s", o->name);
	if (o->kind == OPTION_SWITCH)
		printf(" , -no-%s", o->name);
	if (o->value != NULL)
		printf(" Ar %s", o->value);
	putchar('\n');
}

static void option_rows(const struct option *options)
{
	for (const struct option *o = options; o->name != NULL; o++) {
		fputs(".It ", stdout);
		option_names(o);
		mdoc_sentence(o->summary);
		if (o->kind == OPTION_LIST)
			puts("Can be given several times.");
	}
}

static void option_list(const struct option *const *tables)
{
	if (tables[0] == NULL)
		return;
	puts(".Pp\nThe options are:\n.Bl -tag -width Ds");
	for (; *tables != NULL; tables++)
		option_rows(*tables);
	puts(".El");
}

/* In a synopsis: ".Op Fl e Ar NAME" */
static void option_synopsis(const struct option *o)
{
	if (o->letter != 0)
		printf(".Op Fl %c", o->letter);
	else
		printf(".Op Fl -%s", o->name);
	if (o->kind == OPTION_SWITCH && o->letter == 0)
		printf(" | -no-%s", o->name);
	if (o->value != NULL)
		printf(" Ar %s", o->value);
	puts(o->kind == OPTION_LIST ? " ..." : "");
}

/* A word of struct command's arguments: X, [X], X... or [X]... */
static void argument_synopsis(const char *word, size_t len)
{
	bool many = len > 3 && strncmp(word + len - 3, "...", 3) == 0;
	bool optional = *word == '[';

	len -= many ? 3 : 0;
	printf(".%sAr %.*s%s\n", optional ? "Op " : "", (int)len - 2 * optional, word + optional,
		many ? " ..." : "");
}

static void synopsis(const struct command *c)
{
	printf(".Sh SYNOPSIS\n.Nm klee %s %s\n", c->group, c->name);
	for (size_t t = 0; c->options[t] != NULL; t++)
		for (const struct option *o = c->options[t]; o->name != NULL; o++)
			option_synopsis(o);
	for (const char *p = c->arguments; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		argument_synopsis(p, len);
		p += len;
	}
	if (c->shortcut != NULL)
		printf(".Pp\n.Nm klee %s\n.Ar ...\n", c->shortcut);
}

/* ---- a page for a command ---- */

struct page {
	const struct command *command;
	bool has_status;
};

static void print_options(void *arg)
{
	const struct page *page = arg;

	option_list(page->command->options);
}

static void print_status(void *arg)
{
	struct page *page = arg;

	puts(".Sh EXIT STATUS\nThat of\n.Xr klee 1 .");
	page->has_status = true;
}

static void put_case(const char *text, int (*change)(int))
{
	for (; *text != '\0'; text++)
		putchar(change((unsigned char)*text));
}

static char *lower_first(const char *text)
{
	char *copy = xstrdup(text);

	*copy = (char)tolower((unsigned char)*copy);
	return copy;
}

static int by_name(const void *a, const void *b)
{
	const struct command *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Where to read on: the group's other commands. */
static void see_also(const struct command *c)
{
	const struct command *others[COMMANDS_MAX];
	size_t n = 0;

	for (size_t i = 0; commands[i] != NULL && n < COMMANDS_MAX; i++)
		if (strcmp(commands[i]->group, c->group) == 0 && commands[i] != c)
			others[n++] = commands[i];
	qsort(others, n, sizeof(others[0]), by_name);
	fputs(".Sh SEE ALSO\n.Xr klee 1", stdout);
	for (size_t i = 0; i < n; i++)
		printf(" ,\n.Xr klee-%s-%s 1", others[i]->group, others[i]->name);
	putchar('\n');
}

static int command_page(const struct command *c, const char *text_file)
{
	static const struct mdoc_mark marks[] = {
		{"OPTIONS", print_options}, {"STATUS", print_status}, {0}};
	AUTO_FREE char *summary = lower_first(c->summary);
	struct page page = {c, false};

	printf(".Dd %s\n.Dt KLEE-", DATE);
	put_case(c->group, toupper);
	putchar('-');
	put_case(c->name, toupper);
	printf(" 1\n.Os\n.Sh NAME\n.Nm klee-%s-%s\n.Nd %s\n", c->group, c->name, summary);
	synopsis(c);
	puts(".Sh DESCRIPTION");
	if (text_file == NULL) {
		mdoc_sentence(c->summary);
		option_list(c->options);
	} else if (freopen(text_file, "r", stdin) == NULL) {
		perror(text_file);
		return 1;
	} else if (mdoc_fill(marks, &page) != 0) {
		return 1;
	}
	if (!page.has_status)
		print_status(&page);
	see_also(c);
	return fflush(stdout) != 0;
}

/* ---- klee(1) ---- */

static void print_commands(void *arg)
{
	for (const struct group *g = groups; g->name != NULL; g++) {
		printf(".Ss klee %s\n", g->name);
		mdoc_sentence(g->summary);
		puts(".Bl -tag -width Ds");
		for (size_t i = 0; commands[i] != NULL; i++) {
			const struct command *c = commands[i];

			if (strcmp(c->group, g->name) != 0)
				continue;
			printf(".It Xr klee-%s-%s 1\n", c->group, c->name);
			mdoc_sentence(c->summary);
			if (c->shortcut != NULL)
				printf("Shortcut:\n.Nm Cm %s .\n", c->shortcut);
		}
		puts(".El");
	}
}

static void print_global_options(void *arg)
{
	option_rows(global_options);
}

static void print_environment(void *arg)
{
	const char *name, *variable;

	for (size_t i = 0; settings_row(i, &name, &variable); i++)
		printf(".It Ev %s\nas\n.Fl -%s\n", variable, name);
}

static void print_words(void *arg)
{
	for (const struct word *w = other_words; w->word != NULL; w++) {
		if (w->group == NULL)
			printf(".It Cm %s\n", w->word);
		else
			printf(".It Cm %s %s\n", w->group, w->word);
		if (w->command != NULL)
			printf(".Xr klee-%s-%s 1\n", w->command->group, w->command->name);
		else
			printf("\\&%s\n",
				w->instead); /* a quote at the beginning is none of roff's */
	}
}

static void print_other_options(void *arg)
{
	for (const struct other_option *o = other_options; o->commands != NULL; o++) {
		for (size_t i = 0; o->commands[i] != NULL; i++)
			printf("%s%s %s", i == 0 ? ".It Cm " : " , ", o->commands[i]->group,
				o->commands[i]->name);
		if (o->letter != 0)
			printf(" Fl %c", o->letter);
		if (o->name != NULL)
			printf(" Fl -%s", o->name);
		if (o->same != NULL)
			printf("\n.Fl -%s\n", o->same);
		else
			printf("\n\\&%s\n", o->instead != NULL
						    ? o->instead
						    : "It is so anyway: nothing is done.");
	}
}

static int main_page(void)
{
	static const struct mdoc_mark marks[] = {{"COMMANDS", print_commands},
		{"WORDS", print_words}, {"OTHERS", print_other_options},
		{"OPTIONS", print_global_options}, {"ENVIRONMENT", print_environment}, {0}};

	return mdoc_fill(marks, NULL);
}

int main(int argc, char **argv)
{
	const struct command *c = NULL;

	if (argc == 2 && strcmp(argv[1], "main") == 0)
		return main_page();
	if (argc >= 3)
		c = command_find(argv[1], argv[2]);
	if (c != NULL)
		return command_page(c, argc > 3 ? argv[3] : NULL);
	fprintf(stderr, "klee_man: no such command\n");
	return 2;
}
