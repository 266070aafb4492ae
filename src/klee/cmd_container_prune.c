/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes every stopped container. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_prune(k, args, "/containers/prune",
		"WARNING! This removes all stopped containers but those with --persist, whatever "
		"their restart policy, and what was changed in them.");
}

const struct command cmd_container_prune = {
	.group = "container",
	.name = "prune",
	.arguments = "",
	.options = {prune_options},
	.summary = "Remove all stopped containers",
	.run = run,
};
