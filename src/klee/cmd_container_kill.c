/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends a signal to running containers. */
#include "klee/commands.h"
#include "klee/klee.h"

static const struct option kill_options[] = {
	{"signal", 's', OPTION_VALUE, "SIGNAL", NULL,
		"signal such as HUP or 1 (default: KILL, which ends the container)"},
	{0},
};

static int send_signal(
	struct klee *k, const char *container, const struct args *args, struct error *err)
{
	const char *signal = args_value(args, "signal");
	AUTO_FREE char *path = client_path(
		"/containers/%s/kill?signal=%s", container, signal != NULL ? signal : "KILL");
	json_t *answer;

	if (klee_request(k, "POST", path, NULL, &answer, err) < 0)
		return -1;
	klee_acted(k, answer, container);
	return 0;
}

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, send_signal);
}

const struct command cmd_container_kill = {
	.group = "container",
	.name = "kill",
	.arguments = "CONTAINER...",
	.options = {kill_options, quiet_options},
	.summary = "Send a signal to running containers, or end them at once",
	.run = run,
};
