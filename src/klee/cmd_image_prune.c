/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes images nobody uses. */
#include "klee/commands.h"
#include "klee/klee.h"

static const struct option all_options[] = {
	{"all", 'a', OPTION_FLAG, NULL, NULL, "tagged images too"},
	{0},
};

static int run(struct klee *k, const struct args *args)
{
	if (args_flag(args, "all"))
		return klee_prune(k, args, "/images/prune?all=true",
			"WARNING! This removes all images that no container uses.");
	return klee_prune(k, args, "/images/prune",
		"WARNING! This removes all untagged images that no container uses.");
}

const struct command cmd_image_prune = {
	.group = "image",
	.name = "prune",
	.arguments = "",
	.options = {all_options, prune_options},
	.summary = "Remove images that nobody uses",
	.run = run,
};
