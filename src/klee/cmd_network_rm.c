/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes networks; with --force those with containers too, which are disconnected first. */
#include "klee/commands.h"
#include "klee/klee.h"

static int rm(struct klee *k, const char *network, const struct args *args, struct error *err)
{
	const char *path = args_flag(args, "force") ? "/networks/%s" : "/networks/%s?unused=true";
	json_t *answer;

	if (klee_object(k, "DELETE", path, network, NULL, &answer, err) < 0)
		return -1;
	klee_acted(k, answer, network);
	return 0;
}

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, rm);
}

const struct command cmd_network_rm = {
	.group = "network",
	.name = "rm",
	.shortcut = "rmn",
	.arguments = "NETWORK...",
	.options = {force_options, quiet_options},
	.summary = "Remove networks",
	.run = run,
};
