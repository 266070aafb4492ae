/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints all that is known of a container, as JSON. */
#include "klee/commands.h"
#include "klee/inspect.h"
#include "klee/sizes.h"

static int run(struct klee *k, const struct args *args)
{
	return inspect(k, args, "/containers/%s/inspect", true);
}

const struct command cmd_container_inspect = {
	.group = "container",
	.name = "inspect",
	.shortcut = "isc",
	.arguments = "CONTAINER",
	.options = {inspect_options, size_options},
	.summary = "Show a container in detail (JSON)",
	.run = run,
};
