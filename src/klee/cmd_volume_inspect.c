/* Prints all that is known of a volume, as JSON. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_inspect(k, "/volumes/%s/inspect", args->words[0]);
}

const struct command cmd_volume_inspect = {
	.group = "volume",
	.name = "inspect",
	.shortcut = "isv",
	.arguments = "VOLUME",
	.options = {format_options},
	.summary = "Show a volume in detail (JSON)",
	.run = run,
};
