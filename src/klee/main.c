/* SPDX-License-Identifier: BSD-2-Clause */
/* klee: the command line client of Kleene. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "klee/complete.h"
#include "klee/help.h"
#include "klee/klee.h"

/* Descriptors 0 to 2 must be open, or a connection takes the place of one of them. */
static void open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* What a command line names. */
struct found {
	const struct command *command; /* NULL: the group alone, whose help is wanted */
	const struct group *group; /* NULL: the command stands at the top level */
	const char *instead; /* if there is no such command: what does the same; NULL: unknown */
	size_t taken; /* words */
};

/* Reports wrong usage, with the help to look at, or what does it, on the second line. */
static int misused(const struct error *err, const char *help, const char *instead)
{
	fprintf(stderr, "klee: %s\n", err->message);
	if (instead != NULL)
		fprintf(stderr, "%s\n", instead);
	else
		fprintf(stderr, "see 'klee %s%s--help'\n", help, *help != '\0' ? " " : "");
	return err->code != 0 ? err->code : EXIT_USAGE;
}

/* Whether a command ends or removes something: nobody who has asked for less is led there. */
static bool is_destructive(const struct command *c)
{
	static const char *const names[] = {"kill", "prune", "restart", "rm", "stop"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(c->name, names[i]) == 0)
			return true;
	return false;
}

/* What may be meant: a command of the group, or of the top level. To be freed. */
static char *meant_command(const struct group *group, const char *written)
{
	AUTO(strings_free) struct strings names = {0};

	for (size_t i = 0; commands[i] != NULL; i++) {
		if (is_destructive(commands[i]))
			continue;
		if (group == NULL && commands[i]->shortcut != NULL)
			strings_add(&names, commands[i]->shortcut);
		else if (group != NULL && strcmp(commands[i]->group, group->name) == 0)
			strings_add(&names, commands[i]->name);
	}
	for (const struct group *g = groups; group == NULL && g->name != NULL; g++)
		strings_add(&names, g->name);
	return suggest_text(written, &names);
}

static int unknown_command(struct found *f, const char *written, struct error *err)
{
	const char *group = f->group != NULL ? f->group->name : NULL;
	const struct word *word = word_find(group, written);
	AUTO_FREE char *meant = word == NULL ? meant_command(f->group, written) : xstrdup("");

	f->instead = word != NULL ? word->instead : NULL;
	return error_set(err, ERROR_INVALID, "%s '%s%s%s'%s",
		word != NULL ? "there is no command" : "unknown command",
		group != NULL ? group : "", group != NULL ? " " : "", written, meant);
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Finds the command that the words begin with. Returns -1 with an error. */
static int find_command(size_t nwords, char *const *words, struct found *f, struct error *err)
{
	*f = (struct found){.taken = 1};
	if (nwords == 0)
		return error_set(err, ERROR_INVALID, "no command given");
	f->command = command_find(NULL, words[0]);
	if (f->command != NULL)
		return 0;
	f->group = group_find(words[0]);
	if (f->group == NULL)
		return unknown_command(f, words[0], err);
	if (nwords == 1)
		return error_set(err, ERROR_INVALID, "no command given for '%s'", f->group->name);
	if (is_help(words[1]))
		return 0;
	f->taken = 2;
	f->command = command_find(f->group->name, words[1]);
	if (f->command == NULL)
		return unknown_command(f, words[1], err);
	return 0;
}

/* A command that is called. */
struct call_of {
	const struct args *global;
	const struct command *command;
	struct klee k;
	bool loaded; /* k's settings */
};

static int load(struct call_of *c, struct error *err)
{
	if (!c->loaded && settings_load(&c->k.settings, c->global, err) < 0)
		return -1;
	c->loaded = true;
	return 0;
}

static int run(struct call_of *c, const struct args *args)
{
	const char *plain = getenv("NO_COLOR");
	struct klee *k = &c->k;
	struct error err = {0};

	if (load(c, &err) < 0)
		return klee_failed(k, &err);
	k->fancy = strcmp(k->settings.theme, "fancy") == 0 && isatty(STDOUT_FILENO) &&
		   (plain == NULL || *plain == '\0');
	k->quiet = args_given(args, "quiet");
	return c->command->run(k, args);
}

static bool ends_options(void *arg, const struct args *args)
{
	struct call_of *c = arg;
	struct error ignored = {0};

	return load(c, &ignored) == 0 && c->command->ends_options(&c->k, args);
}

/* What to do about wrong usage of a command; NULL: see its help. */
static const char *usage_advice(const struct command *command, const struct args *args)
{
	if (args->behind && command->ends_options != NULL)
		return "what is for the container's own program stands behind '--': klee run IMAGE "
		       "-- ...";
	return args->instead;
}

static int run_words(const struct args *global)
{
	const struct option *tables[OPTION_TABLES_MAX + 2] = {help_options};
	struct found found;
	struct call_of call = {.global = global};
	struct args args = {0};
	struct error err = {0};
	AUTO_FREE char *name = NULL;
	int code;

	if (find_command(global->nwords, global->words, &found, &err) < 0)
		return misused(&err, found.group != NULL ? found.group->name : "", found.instead);
	if (found.command == NULL) {
		help_group(stdout, found.group);
		return EXIT_SUCCESS;
	}
	call.command = args.command = found.command;
	args.ends = found.command->ends_options != NULL ? ends_options : NULL;
	args.ends_arg = &call;
	name = xasprintf("%s %s", found.command->group, found.command->name);
	for (size_t i = 0; found.command->options[i] != NULL; i++)
		tables[i + 1] = found.command->options[i];
	code = args_parse(&args, tables, command_arity(found.command).leading,
		(int)(global->nwords - found.taken), global->words + found.taken, &err);
	if (code == 0 && args_flag(&args, "help")) {
		help_command(stdout, found.command);
		code = EXIT_SUCCESS;
	} else if (code < 0 || args_check_words(&args, found.command, &err) < 0) {
		code = misused(&err, name, usage_advice(found.command, &args));
	} else {
		code = run(&call, &args);
	}
	client_free(call.k.client);
	free(call.k.advice);
	settings_free(&call.k.settings);
	args_free(&args);
	return code;
}

/* klee help [COMMAND] */
static int show_help(size_t nwords, char *const *words)
{
	static const struct option *const tables[] = {global_options, NULL};
	const struct group *group = nwords == 1 ? group_find(words[0]) : NULL;
	struct error err = {0};
	struct found found;

	if (nwords == 0)
		help_top(stdout, tables);
	else if (group != NULL)
		help_group(stdout, group);
	else if (find_command(nwords, words, &found, &err) < 0)
		return misused(&err, "", found.instead);
	else
		help_command(stdout, found.command);
	return EXIT_SUCCESS;
}

/* What was printed must have arrived; a reader that went away is no news. */
static int flush_output(int code)
{
	errno = 0;
	if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE)
		return code;
	fprintf(stderr, "klee: cannot write to standard output: %s\n", strerror(errno));
	return code != EXIT_SUCCESS ? code : EXIT_KLEE_FAILED;
}

int main(int argc, char **argv)
{
	const struct option *const tables[] = {global_options, NULL};
	struct args global = {0};
	struct error err = {0};
	int code = EXIT_SUCCESS;

	open_standard();
	if (argc > 1 && strcmp(argv[1], COMPLETE_COMMAND) == 0)
		return complete(argc - 2, argv + 2);
	signal(SIGPIPE, SIG_IGN);
	if (args_parse(&global, tables, 0, argc - 1, argv + 1, &err) < 0) {
		code = misused(&err, "", NULL);
	} else if (args_flag(&global, "help")) {
		help_top(stdout, tables);
	} else if (args_flag(&global, "version") ||
		   (global.nwords == 1 && strcmp(global.words[0], "version") == 0)) {
		puts("klee " KLEENE_VERSION);
	} else if (global.nwords > 0 && strcmp(global.words[0], "help") == 0) {
		code = show_help(global.nwords - 1, global.words + 1);
	} else {
		code = run_words(&global);
	}
	args_free(&global);
	return flush_output(code);
}
