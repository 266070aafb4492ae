/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes volumes that no container mounts. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_prune(k, args, "/volumes/prune",
		"WARNING! This removes all volumes that no container has, not even a stopped "
		"one, with names and without, and what is in them.");
}

const struct command cmd_volume_prune = {
	.group = "volume",
	.name = "prune",
	.arguments = "",
	.options = {prune_options},
	.summary = "Remove volumes that no container mounts",
	.run = run,
};
