/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints all that is known of a network, as JSON. */
#include "klee/commands.h"
#include "klee/inspect.h"

static int run(struct klee *k, const struct args *args)
{
	return inspect(k, args, "/networks/%s/inspect", false);
}

const struct command cmd_network_inspect = {
	.group = "network",
	.name = "inspect",
	.shortcut = "isn",
	.arguments = "NETWORK",
	.options = {inspect_options},
	.summary = "Show a network in detail (JSON)",
	.run = run,
};
