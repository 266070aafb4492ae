/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists networks. */
#include "klee/commands.h"
#include "klee/listing.h"

static const struct column columns[] = {
	{"ID", "ID", false},
	{"NAME", "Name", false},
	{"TYPE", "Type", false},
	{"SUBNET", "Subnets", false},
	{0},
};

static const struct filter filters[] = {
	{"id", "ID", FILTER_BEGINNING},
	{"name", "Name", FILTER_PART},
	{"type", "Type", FILTER_EQUAL},
	{"driver", "driver", FILTER_EQUAL},
	{0},
};

static json_t *row(const json_t *network, bool whole)
{
	const char *subnet = klee_string(network, "subnet");
	const char *subnet6 = klee_string(network, "subnet6");
	json_t *r = json_copy((json_t *)(uintptr_t)network);

	json_object_set_new(r, "ID", json_string(klee_string(network, "id")));
	json_object_set_new(r, "Name", json_string(klee_string(network, "name")));
	json_object_set_new(r, "Type", json_string(klee_string(network, "type")));
	json_object_set_new(r, "Subnets",
		json_sprintf("%s%s%s", subnet, *subnet != '\0' && *subnet6 != '\0' ? ", " : "",
			subnet6));
	return r;
}

static int run(struct klee *k, const struct args *args)
{
	static const struct listing l = {.path = "/networks/list",
		.columns = columns,
		.id = "ID",
		.filters = filters,
		.row = row};

	return listing(k, args, &l);
}

const struct command cmd_network_ls = {
	.group = "network",
	.name = "ls",
	.shortcut = "lsn",
	.arguments = "",
	.options = {listing_options},
	.summary = "List networks",
	.run = run,
};
