/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a command in a running container; with --start also in one that is stopped, which runs for
 * it and keeps its own exit code: a visit.
 */
#include "klee/commands.h"
#include "klee/environment.h"
#include "klee/execution.h"
#include "klee/look.h"

static const struct option exec_options[] = {
	{"env", 'e', OPTION_LIST, "NAME[=VALUE]", NULL,
		"set an environment variable; without VALUE, to klee's own"},
	{"user", 'u', OPTION_VALUE, "USER[:GROUP]", NULL, "who runs the command"},
	{"start", 0, OPTION_FLAG, NULL, NULL, "in a stopped container, which runs for it"},
	{"workdir", 'w', OPTION_VALUE, "DIRECTORY", NULL,
		"where it begins (default: the container's directory)"},
	{0},
};

/* Refuses a container that does not run. */
static int check_running(struct klee *k, const char *container, struct error *err)
{
	AUTO(look_free) struct look found = {0};

	if (look(k, container, &found, err) < 0)
		return -1;
	return found.running ? 0
			     : error_set(err, ERROR_CONFLICT, "container '%s' is not running: %s",
				       container, found.status);
}

static int run_in(struct klee *k, const struct args *args, struct execution *e)
{
	struct error err = {0};

	e->running_only = !args_flag(args, "start");
	if (!e->running_only || check_running(k, e->container, &err) == 0)
		return execute(k, e);
	if (err.kind == ERROR_CONFLICT)
		k->advice = xstrdup("'klee start' starts its own command; 'klee exec --start' runs "
				    "another in it");
	return klee_failed(k, &err);
}

static int run(struct klee *k, const struct args *args)
{
	struct strings command = {0}, env = {0};
	struct execution e = {.container = args->words[0],
		.command = &command,
		.env = &env,
		.user = args_value(args, "user"),
		.directory = args_value(args, "workdir")};
	struct error err = {0};
	int code;

	execution_options(&e, args);
	for (size_t i = 1; i < args->nwords; i++)
		strings_add(&command, args->words[i]);
	code = environment(args, false, &env, &err) < 0 ? klee_failed(k, &err)
							: run_in(k, args, &e);
	strings_free(&command);
	strings_free(&env);
	return code;
}

const struct command cmd_container_exec = {
	.group = "container",
	.name = "exec",
	.shortcut = "exec",
	.arguments = "CONTAINER COMMAND...",
	.options = {attach_options, exec_options},
	.summary = "Run a command in a running container",
	.run = run,
};
