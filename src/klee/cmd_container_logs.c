/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what a container's processes wrote while nobody was attached to them. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "klee/commands.h"
#include "klee/look.h"
#include "klee/transfer.h"

static const struct option logs_options[] = {
	{"follow", 'f', OPTION_FLAG, NULL, NULL, "go on with what is written from now on"},
	{"tail", 'n', OPTION_VALUE, "N", NULL, "only the last N lines (default: all)"},
	{"timestamps", 't', OPTION_FLAG, NULL, NULL, "put the time in front of each line"},
	{0},
};

/*
 * Who expects to find here what was seen on a terminal would look for it in vain. One that runs may
 * have written nothing yet, and is asked again by who waits for it.
 */
static void say_empty(struct klee *k, const char *container)
{
	AUTO(look_free) struct look found = {0};
	struct error ignored = {0};
	AUTO_FREE char *name = klee_one_line(container);

	if (look(k, container, &found, &ignored) < 0 || strncmp(found.status, "exited", 6) != 0)
		return;
	fprintf(stderr,
		"klee: the log of %s is empty: what a process prints goes to who is attached to "
		"it, "
		"and to the log when nobody is (-d)\n",
		name);
}

static int run(struct klee *k, const struct args *args)
{
	const char *all = args_value(args, "tail");
	struct closing closing;
	struct error err = {0};
	long long tail;
	json_t *config;
	int rc;

	if (strcmp(all != NULL ? all : "", "all") == 0)
		tail = -1;
	else if (args_number(args, "tail", 0, -1, &tail, &err) < 0)
		return klee_failed(k, &err);
	config = json_pack("{s:s, s:b, s:I, s:b, s:b}", "container", args->words[0], "follow",
		(int)args_flag(args, "follow"), "tail", (json_int_t)tail, "timestamps",
		(int)args_flag(args, "timestamps"), "separate_stderr", 1);
	rc = transfer(k, "/containers/logs", config, TRANSFER_TO_BOTH, &closing, &err);
	json_decref(config);
	if (rc < 0 && err.code == EPIPE)
		return 128 + SIGPIPE;
	if (rc < 0)
		return klee_argument_failed(k, &err);
	closing_free(&closing);
	if (rc == 0 && tail != 0)
		say_empty(k, args->words[0]);
	return EXIT_SUCCESS;
}

const struct command cmd_container_logs = {
	.group = "container",
	.name = "logs",
	.arguments = "CONTAINER",
	.options = {logs_options},
	.summary = "Show the output of a container",
	.run = run,
};
