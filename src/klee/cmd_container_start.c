/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the own command of stopped containers. One that runs is left as it is, which is a success:
 * a second process of its command is hardly what is wanted.
 */
#include <stdio.h>

#include "klee/commands.h"
#include "klee/execution.h"
#include "klee/look.h"

static int start(struct klee *k, struct execution *e, const char *container)
{
	AUTO(look_free) struct look found = {0};
	struct error err = {0};

	if (look(k, container, &found, &err) < 0)
		return klee_failed(k, &err);
	if (found.running) {
		execution_say(e, found.id);
		return EXIT_SUCCESS;
	}
	e->container = e->title = found.id;
	return execute(k, e);
}

static int run(struct klee *k, const struct args *args)
{
	struct execution e = {0};
	struct error err = {0};
	int code = EXIT_SUCCESS;

	execution_options(&e, args);
	e.stopped_only = true;
	if (!e.detach && args->nwords > 1) {
		error_set(&err, ERROR_INVALID,
			"attaching needs exactly one container; --detach starts several");
		klee_report(k, &err);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < args->nwords; i++) {
		int n = start(k, &e, args->words[i]);

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
