/* Lists networks. */
#include <stdio.h>

#include "klee/commands.h"
#include "klee/klee.h"
#include "klee/table.h"

static const char *const titles[] = {"ID", "NAME", "TYPE", "SUBNET", NULL};

static void show(struct klee *k, const json_t *list)
{
	struct table t = {.titles = titles};
	json_t *network;
	size_t i;

	json_array_foreach (list, i, network) {
		const char *subnet = klee_string(network, "subnet");
		const char *subnet6 = klee_string(network, "subnet6");
		AUTO_FREE char *both = xasprintf(
			"%s%s%s", subnet, *subnet != '\0' && *subnet6 != '\0' ? ", " : "", subnet6);

		table_add(&t, klee_string(network, "id"));
		table_add(&t, klee_string(network, "name"));
		table_add(&t, klee_string(network, "type"));
		table_add(&t, both);
	}
	table_print(&t, stdout, k->fancy);
	table_free(&t);
}

static int run(struct klee *k, const struct args *args)
{
	return klee_list(k, args, "/networks/list", show);
}

const struct command cmd_network_ls = {
	.group = "network",
	.name = "ls",
	.shortcut = "lsn",
	.arguments = "",
	.options = {format_options},
	.summary = "List networks",
	.run = run,
};
