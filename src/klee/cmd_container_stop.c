/* Stops running containers, all at once. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_all_together(k, args, "POST", "/containers/%s/stop");
}

const struct command cmd_container_stop = {
	.group = "container",
	.name = "stop",
	.shortcut = "stop",
	.arguments = "CONTAINER...",
	.options = {quiet_options},
	.summary = "Stop running containers",
	.run = run,
};
