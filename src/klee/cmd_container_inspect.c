/* Prints all that is known of a container, as JSON. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_inspect(k, "/containers/%s/inspect", args->words[0]);
}

const struct command cmd_container_inspect = {
	.group = "container",
	.name = "inspect",
	.shortcut = "isc",
	.arguments = "CONTAINER",
	.options = {format_options},
	.summary = "Show a container in detail (JSON)",
	.run = run,
};
