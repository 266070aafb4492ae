/* Prints all that is known of a network, as JSON. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_inspect(k, "/networks/%s/inspect", args->words[0]);
}

const struct command cmd_network_inspect = {
	.group = "network",
	.name = "inspect",
	.shortcut = "isn",
	.arguments = "NETWORK",
	.options = {format_options},
	.summary = "Show a network in detail (JSON)",
	.run = run,
};
