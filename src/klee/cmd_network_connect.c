/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects a container to a network. */
#include "klee/commands.h"
#include "klee/networking.h"

static const struct option connect_options[] = {
	{"ip", 0, OPTION_VALUE, "ADDRESS", NULL, "its IPv4 address there (default: a free one)"},
	{"ip6", 0, OPTION_VALUE, "ADDRESS", NULL, "its IPv6 address there (default: a free one)"},
	{"alias", 0, OPTION_LIST, "NAME", NULL, "further name by which others find it there"},
	{0},
};

static int run(struct klee *k, const struct args *args)
{
	struct strings aliases = {0};
	struct error err = {0};
	int rc;

	args_list(args, "alias", &aliases);
	rc = network_connect(k, args->words[0], args->words[1], args_value(args, "ip"),
		args_value(args, "ip6"), &aliases, &err);
	strings_free(&aliases);
	if (rc < 0)
		return klee_argument_failed(k, &err);
	return EXIT_SUCCESS;
}

const struct command cmd_network_connect = {
	.group = "network",
	.name = "connect",
	.arguments = "NETWORK CONTAINER",
	.options = {connect_options, quiet_options},
	.summary = "Connect a container to a network",
	.run = run,
};
