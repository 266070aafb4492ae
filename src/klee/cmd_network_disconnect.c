/* SPDX-License-Identifier: BSD-2-Clause */
/* Disconnects a container from a network. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	AUTO_FREE char *path =
		client_path("/networks/%s/disconnect/%s", args->words[0], args->words[1]);
	struct error err = {0};

	if (klee_request(k, "POST", path, NULL, NULL, &err) < 0)
		return klee_argument_failed(k, &err);
	return EXIT_SUCCESS;
}

const struct command cmd_network_disconnect = {
	.group = "network",
	.name = "disconnect",
	.arguments = "NETWORK CONTAINER",
	.options = {quiet_options},
	.summary = "Disconnect a container from a network",
	.run = run,
};
