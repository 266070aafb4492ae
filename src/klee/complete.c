/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/complete.h"

#include <stdio.h>
#include <string.h>

#include "klee/klee.h"

/* What can stand for a word or a value, by what tables of commands and options call it. */
static const struct kind {
	const char *called;
	const char *list; /* path of a list of the API; NULL: none */
	const char *more; /* what the shell adds */
} kinds[] = {
	{"CONTAINER", "/containers/list?all=true", NULL},
	{"IMAGE", "/images/list", NULL},
	{"NETWORK", "/networks/list", NULL},
	{"VOLUME", "/volumes/list", NULL},
	{"FILE", NULL, ":files"},
	{"SOURCE", NULL, ":files"},
	{"SRC", NULL, ":files"},
	{"PATH", NULL, ":directories"},
};

struct completion {
	struct klee klee;
	struct args global, args;
	const struct option *tables[OPTION_TABLES_MAX + 2];
	const char *word; /* to be completed: behind "=", the value alone */
	const char *before; /* "--option=" if the value is attached, else "" */
	size_t before_len;
	const char *more;
};

static void candidate(const struct completion *c, const char *text, const char *about)
{
	AUTO_FREE char *line = klee_one_line(text);
	AUTO_FREE char *words = klee_one_line(about != NULL ? about : "");

	if (strncmp(text, c->word, strlen(c->word)) != 0)
		return;
	printf("%.*s%s%s%s\n", (int)c->before_len, c->before, line, *words != '\0' ? "\t" : "",
		words);
}

/* ---- names of objects ---- */

static void image_candidates(const struct completion *c, const json_t *image)
{
	const json_t *names = json_object_get(image, "names");
	const char *id = klee_string(image, "id");
	json_t *item;
	size_t i;

	if (json_array_size(names) == 0)
		candidate(c, id, "image without a name");
	json_array_foreach ((json_t *)(uintptr_t)names, i, item) {
		const char *full = json_string_value(item);
		AUTO_FREE char *name = xstrndup(full, strcspn(full, ":"));

		/* the tag that is meant without one need not be written */
		if (strcmp(full + strlen(name), ":latest") == 0 && strchr(c->word, ':') == NULL)
			candidate(c, name, id);
		else
			candidate(c, full, id);
	}
}

static bool is_given(const struct completion *c, const char *name)
{
	for (size_t i = 0; i < c->args.nwords; i++)
		if (strcmp(c->args.words[i], name) == 0)
			return true;
	return false;
}

static void object_candidates(struct completion *c, const struct kind *kind)
{
	struct error err = {0};
	json_t *list, *object;
	size_t i;

	if (settings_load(&c->klee.settings, &c->global, &err) < 0 ||
		klee_request(&c->klee, "GET", kind->list, NULL, &list, &err) < 0)
		return;
	json_array_foreach (list, i, object) {
		const char *name = klee_string(object, "name");

		if (strcmp(kind->called, "IMAGE") == 0)
			image_candidates(c, object);
		else if (!is_given(c, name))
			candidate(c, name, klee_string(object, "status"));
	}
	json_decref(list);
}

/* Candidates for what tables call so: the letters that 'called' begins with. */
static void called_candidates(struct completion *c, const char *called)
{
	size_t len = strspn(called, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].called) != len || strncmp(kinds[i].called, called, len) != 0)
			continue;
		if (kinds[i].list != NULL)
			object_candidates(c, &kinds[i]);
		if (kinds[i].more != NULL)
			c->more = kinds[i].more;
	}
}

/* ---- options ---- */

static void option_candidates(const struct completion *c, const struct option *const *tables)
{
	for (; *tables != NULL; tables++) {
		for (const struct option *o = *tables; o->name != NULL; o++) {
			AUTO_FREE char *on = xasprintf("--%s", o->name);
			AUTO_FREE char *off = xasprintf("--no-%s", o->name);
			const char letter[] = {'-', o->letter, '\0'};

			candidate(c, on, o->summary);
			if (o->kind == OPTION_SWITCH)
				candidate(c, off, o->summary);
			if (o->letter != '\0' && strcmp(c->word, "-") == 0)
				candidate(c, letter, o->summary);
		}
	}
}

static void value_candidates(struct completion *c, const struct option *o)
{
	for (size_t i = 0; o->choices != NULL && o->choices[i] != NULL; i++)
		candidate(c, o->choices[i], NULL);
	if (o->choices == NULL)
		called_candidates(c, o->value);
}

/* Takes "--option=" off the word; returns the option, NULL if there is none. */
static const struct option *attached_option(struct completion *c, const struct args *args)
{
	const char *equals = strchr(c->word, '=');
	const struct option *o;

	if (strncmp(c->word, "--", 2) != 0 || equals == NULL)
		return NULL;
	o = args_find(args, c->word + 2, (size_t)(equals - c->word) - 2);
	if (o == NULL || o->value == NULL)
		return NULL;
	c->before = c->word;
	c->before_len = (size_t)(equals - c->word) + 1;
	c->word = equals + 1;
	return o;
}

/* An option or the value of one. False if the word is something else. */
static bool complete_option(struct completion *c, const struct args *args)
{
	const struct option *o = args->pending;

	if (o == NULL && args->ended)
		return false;
	if (o == NULL)
		o = attached_option(c, args);
	if (o != NULL)
		value_candidates(c, o);
	else if (c->word[0] == '-')
		option_candidates(c, args->tables);
	else
		return false;
	return true;
}

/* ---- commands ---- */

static void top_candidates(const struct completion *c)
{
	for (const struct group *g = groups; g->name != NULL; g++)
		candidate(c, g->name, g->summary);
	for (size_t i = 0; commands[i] != NULL; i++)
		if (commands[i]->shortcut != NULL)
			candidate(c, commands[i]->shortcut, commands[i]->summary);
	for (const struct word *w = other_words; w->word != NULL; w++)
		if (w->command != NULL && w->group == NULL)
			candidate(c, w->word, w->command->summary);
}

static void group_candidates(const struct completion *c, const struct group *group)
{
	for (size_t i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->group, group->name) == 0)
			candidate(c, commands[i]->name, commands[i]->summary);
}

/* The argument that the next word is, as the command calls it; NULL: there is none. */
static const char *next_argument(const struct command *command, size_t given)
{
	const char *p = command->arguments;

	if (given >= command_arity(command).max)
		return NULL;
	for (; given > 0; given--) {
		const char *next = strchr(p, ' ');

		if (next == NULL)
			break; /* the last one is taken any number of times */
		p = next + 1;
	}
	return *p == '[' ? p + 1 : p;
}

static void complete_command(
	struct completion *c, const struct command *command, int argc, char **argv)
{
	const char *argument;
	struct error err = {0};

	c->tables[0] = help_options;
	for (size_t i = 0; command->options[i] != NULL; i++)
		c->tables[i + 1] = command->options[i];
	c->args.partial = true;
	if (args_parse(&c->args, c->tables, command_arity(command).leading, argc, argv, &err) < 0 ||
		complete_option(c, &c->args))
		return;
	argument = next_argument(command, c->args.nwords);
	if (argument != NULL)
		called_candidates(c, argument);
}

static void complete_words(struct completion *c, int argc, char **argv)
{
	static const struct option *const tables[] = {global_options, NULL};
	const struct command *command;
	const struct group *group;
	struct error err = {0};
	size_t taken = 1;

	c->global.partial = true;
	if (args_parse(&c->global, tables, 0, argc, argv, &err) < 0)
		return;
	if (c->global.nwords == 0) {
		if (!complete_option(c, &c->global))
			top_candidates(c);
		return;
	}
	command = command_find(NULL, c->global.words[0]);
	group = group_find(c->global.words[0]);
	if (command == NULL && group != NULL && c->global.nwords == 1) {
		group_candidates(c, group);
		return;
	}
	if (command == NULL && group != NULL) {
		command = command_find(group->name, c->global.words[1]);
		taken = 2;
	}
	if (command != NULL)
		complete_command(
			c, command, (int)(c->global.nwords - taken), c->global.words + taken);
}

int complete(int argc, char **argv)
{
	struct completion c = {.before = "", .more = ":none"};

	c.word = argc > 0 ? argv[argc - 1] : "";
	complete_words(&c, argc > 0 ? argc - 1 : 0, argv);
	puts(c.more);
	client_free(c.klee.client);
	settings_free(&c.klee.settings);
	args_free(&c.args);
	args_free(&c.global);
	return EXIT_SUCCESS;
}
