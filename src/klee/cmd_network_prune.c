/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes networks that no container is connected to. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_prune(k, args, "/networks/prune",
		"WARNING! This removes all networks that no container is connected to.");
}

const struct command cmd_network_prune = {
	.group = "network",
	.name = "prune",
	.arguments = "",
	.options = {prune_options},
	.summary = "Remove networks that no container is connected to",
	.run = run,
};
