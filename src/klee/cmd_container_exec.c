/* Runs a command in a container, which is started if it is not running. */
#include "klee/commands.h"
#include "klee/environment.h"
#include "klee/execution.h"

static const struct option exec_options[] = {
	{"env", 'e', OPTION_LIST, "NAME[=VALUE]", NULL,
		"set an environment variable; without VALUE, to klee's own"},
	{"user", 'u', OPTION_VALUE, "USER[:GROUP]", NULL, "who runs the command"},
	{0},
};

static int run(struct klee *k, const struct args *args)
{
	struct strings command = {0}, env = {0};
	struct execution e = {.container = args->words[0],
		.command = &command,
		.env = &env,
		.user = args_value(args, "user")};
	struct error err = {0};
	int code;

	execution_options(&e, args);
	for (size_t i = 1; i < args->nwords; i++)
		strings_add(&command, args->words[i]);
	code = environment(args, false, &env, &err) < 0 ? klee_failed(k, &err) : execute(k, &e);
	strings_free(&command);
	strings_free(&env);
	return code;
}

const struct command cmd_container_exec = {
	.group = "container",
	.name = "exec",
	.shortcut = "exec",
	.arguments = "CONTAINER [COMMAND]...",
	.options = {attach_options, exec_options},
	.summary = "Run a command in a container",
	.run = run,
};
