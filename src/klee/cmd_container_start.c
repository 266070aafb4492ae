/* Starts the own command of stopped containers. */
#include <stdio.h>

#include "klee/commands.h"
#include "klee/execution.h"

static int start(struct klee *k, struct execution *e, const char *container)
{
	e->container = container;
	return execute(k, e);
}

static int run(struct klee *k, const struct args *args)
{
	struct execution e = {0};
	struct error err = {0};
	int code = EXIT_SUCCESS;

	execution_options(&e, args);
	if (!e.detach && args->nwords > 1) {
		error_set(&err, ERROR_INVALID,
			"attaching needs exactly one container; --detach starts several");
		klee_report(k, &err);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < args->nwords; i++) {
		AUTO_FREE char *line = klee_one_line(args->words[i]);
		int n;

		puts(line);
		n = start(k, &e, args->words[i]);
		code = n != EXIT_SUCCESS ? n : code;
	}
	return code;
}

const struct command cmd_container_start = {
	.group = "container",
	.name = "start",
	.shortcut = "start",
	.arguments = "CONTAINER...",
	.options = {attach_options},
	.summary = "Start containers",
	.run = run,
};
