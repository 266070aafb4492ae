/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints all that is known of a volume, as JSON. */
#include "klee/commands.h"
#include "klee/inspect.h"
#include "klee/sizes.h"

static int run(struct klee *k, const struct args *args)
{
	return inspect(k, args, "/volumes/%s/inspect", true);
}

const struct command cmd_volume_inspect = {
	.group = "volume",
	.name = "inspect",
	.shortcut = "isv",
	.arguments = "VOLUME",
	.options = {inspect_options, size_options},
	.summary = "Show a volume in detail (JSON)",
	.run = run,
};
