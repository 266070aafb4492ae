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

/* Reports wrong usage, with the help to look at on the second line. */
static int misused(const struct error *err, const char *help)
{
	fprintf(stderr, "klee: %s\nsee 'klee %s%s--help'\n", err->message, help,
		*help != '\0' ? " " : "");
	return err->code != 0 ? err->code : EXIT_USAGE;
}

/* "unknown command 'WRITTEN'", with what may be meant: a command of the group, or of the top level.
 */
static int unknown_command(const struct group *group, const char *written, struct error *err)
{
	AUTO(strings_free) struct strings names = {0};
	AUTO_FREE char *meant = NULL;

	for (size_t i = 0; commands[i] != NULL; i++) {
		if (group == NULL && commands[i]->shortcut != NULL)
			strings_add(&names, commands[i]->shortcut);
		else if (group != NULL && strcmp(commands[i]->group, group->name) == 0)
			strings_add(&names, commands[i]->name);
	}
	for (const struct group *g = groups; group == NULL && g->name != NULL; g++)
		strings_add(&names, g->name);
	meant = suggest_text(written, &names);
	return error_set(err, ERROR_INVALID, "unknown command '%s%s%s'%s",
		group != NULL ? group->name : "", group != NULL ? " " : "", written, meant);
}

/*
 * Finds the command that the words begin with and how many words that took. Returns -1 with an
 * error, or 0 with *command, which is NULL if *group alone was named.
 */
static int find_command(const struct args *args, const struct command **command,
	const struct group **group, size_t *taken, struct error *err)
{
	*taken = 1;
	*group = NULL;
	*command = NULL;
	if (args->nwords == 0)
		return error_set(err, ERROR_INVALID, "no command given");
	*command = command_find(NULL, args->words[0]);
	if (*command != NULL)
		return 0;
	*group = group_find(args->words[0]);
	if (*group == NULL)
		return unknown_command(NULL, args->words[0], err);
	if (args->nwords == 1)
		return error_set(err, ERROR_INVALID, "no command given for '%s'", (*group)->name);
	if (strcmp(args->words[1], "--help") == 0)
		return 0;
	*taken = 2;
	*command = command_find((*group)->name, args->words[1]);
	if (*command == NULL)
		return unknown_command(*group, args->words[1], err);
	return 0;
}

static int run(const struct args *global, const struct command *command, const struct args *args)
{
	struct klee k = {0};
	struct error err = {0};
	const char *plain = getenv("NO_COLOR");
	int code;

	if (settings_load(&k.settings, global, &err) < 0) {
		code = klee_failed(&k, &err);
	} else {
		k.fancy = strcmp(k.settings.theme, "fancy") == 0 && isatty(STDOUT_FILENO) &&
			  (plain == NULL || *plain == '\0');
		k.quiet = args_given(args, "quiet");
		code = command->run(&k, args);
	}
	client_free(k.client);
	free(k.advice);
	settings_free(&k.settings);
	return code;
}

static int run_words(const struct args *global)
{
	const struct option *tables[OPTION_TABLES_MAX + 2] = {help_options};
	const struct command *command;
	const struct group *group;
	struct args args = {0};
	struct error err = {0};
	AUTO_FREE char *name = NULL;
	size_t taken;
	int code;

	if (find_command(global, &command, &group, &taken, &err) < 0)
		return misused(&err, group != NULL ? group->name : "");
	if (command == NULL) {
		help_group(stdout, group);
		return EXIT_SUCCESS;
	}
	name = xasprintf("%s %s", command->group, command->name);
	for (size_t i = 0; command->options[i] != NULL; i++)
		tables[i + 1] = command->options[i];
	code = args_parse(&args, tables, command_arity(command).leading,
		(int)(global->nwords - taken), global->words + taken, &err);
	if (code == 0 && args_flag(&args, "help")) {
		help_command(stdout, command);
		code = EXIT_SUCCESS;
	} else if (code < 0 || args_check_words(&args, command, &err) < 0) {
		code = misused(&err, name);
	} else {
		code = run(global, command, &args);
	}
	args_free(&args);
	return code;
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
		code = misused(&err, "");
	} else if (args_flag(&global, "help")) {
		help_top(stdout, tables);
	} else if (args_flag(&global, "version")) {
		puts("klee " KLEENE_VERSION);
	} else {
		code = run_words(&global);
	}
	args_free(&global);
	return flush_output(code);
}
