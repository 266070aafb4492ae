/* Removes networks; their containers are disconnected first. */
#include "klee/commands.h"
#include "klee/klee.h"

static int rm(struct klee *k, const char *network, const struct args *args, struct error *err)
{
	json_t *answer;

	if (klee_object(k, "DELETE", "/networks/%s", network, NULL, &answer, err) < 0)
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
	.options = {quiet_options},
	.summary = "Remove networks",
	.run = run,
};
