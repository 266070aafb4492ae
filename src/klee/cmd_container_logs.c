/* Prints what a container's processes wrote while nobody was attached to them. */
#include <errno.h>
#include <signal.h>

#include "klee/commands.h"
#include "klee/transfer.h"

static const struct option logs_options[] = {
	{"follow", 'f', OPTION_FLAG, NULL, NULL, "go on with what is written from now on"},
	{"tail", 'n', OPTION_VALUE, "N", NULL, "only the last N lines"},
	{"timestamps", 't', OPTION_FLAG, NULL, NULL, "put the time in front of each line"},
	{0},
};

static int run(struct klee *k, const struct args *args)
{
	struct closing closing;
	struct error err = {0};
	long long tail;
	json_t *config;
	int rc;

	if (args_number(args, "tail", 0, -1, &tail, &err) < 0)
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
