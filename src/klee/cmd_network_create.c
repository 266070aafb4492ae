/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a network and prints its id. */
#include <string.h>

#include "klee/commands.h"
#include "klee/klee.h"

#define BRIDGE "bridge"

static const char *const types[] = {"loopback", BRIDGE, "custom", NULL};
static const char *const drivers[] = {"vnet", "ipnet", BRIDGE, NULL};

static const struct option create_options[] = {
	{"type", 't', OPTION_VALUE, "TYPE", types,
		"loopback, bridge or custom (default: loopback, or bridge with --driver vnet)"},
	{"driver", 0, OPTION_VALUE, "DRIVER", drivers,
		"network driver of its containers, unless they are given another: vnet or ipnet; "
		"bridge: as --type bridge"},
	{"interface", 'i', OPTION_VALUE, "IF", NULL,
		"interface of the host that a custom network uses; others make one of that name "
		"(default: kleeneN)"},
	{"subnet", 0, OPTION_VALUE, "SUBNET", NULL,
		"IPv4 subnet, such as 10.20.30.0/24 (default: one that is free)"},
	{"subnet6", 0, OPTION_VALUE, "SUBNET", NULL, "IPv6 subnet, such as fd00:20:30::/64"},
	{"ip-range", 0, OPTION_LIST, "SUBNET", NULL,
		"part of a subnet from which containers get their addresses (default: all of it)"},
	{"gw", 0, OPTION_VALUE, "ADDRESS", NULL,
		"IPv4 gateway of a bridge: auto, an address, or '' for none (default: auto)"},
	{"gw6", 0, OPTION_VALUE, "ADDRESS", NULL, "IPv6 gateway of a bridge, likewise"},
	{"nat", 0, OPTION_SWITCH, NULL, NULL, "give outgoing traffic the host's address (default)"},
	{"nat-if", 0, OPTION_VALUE, "IF", NULL,
		"interface whose address that is (default: the host's gateway interface)"},
	{"icc", 0, OPTION_SWITCH, NULL, NULL, "let its containers reach each other (default)"},
	{"internal", 0, OPTION_FLAG, NULL, NULL, "let nothing pass to or from outside the network"},
	{"force", 'f', OPTION_FLAG, NULL, NULL,
		"make it even where an interface of the host has the subnet"},
	{0},
};

/* How the API writes an address that may be 'auto'. */
static const char *gateway(const char *given)
{
	return given != NULL && strcmp(given, "auto") == 0 ? "<auto>" : given;
}

/* One for each family at most. */
static int set_ranges(const struct args *args, json_t *config, struct error *err)
{
	struct strings ranges = {0};
	int result = 0;

	args_list(args, "ip-range", &ranges);
	for (size_t i = 0; i < ranges.n && result == 0; i++) {
		const char *key = strchr(ranges.v[i], ':') != NULL ? "ip_range6" : "ip_range";

		if (json_object_get(config, key) != NULL)
			result = error_set(err, ERROR_INVALID,
				"--ip-range %s: there is one of that family already", ranges.v[i]);
		else
			klee_set_string(config, key, ranges.v[i]);
	}
	strings_free(&ranges);
	return result;
}

/* The value of an option, "" when it is not given. */
static const char *text(const struct args *args, const char *option)
{
	const char *value = args_value(args, option);

	return value != NULL ? value : "";
}

/* The NetworkConfig; what is not given is for kleened to fill in. NULL with *err. */
static json_t *network_config(const struct args *args, struct error *err)
{
	const char *nat_if = args_value(args, "nat-if");
	const char *driver = text(args, "driver"), *type = text(args, "type");
	bool no_nat = args_switch(args, "nat") == 0;
	json_t *config;

	if (no_nat && nat_if != NULL) {
		error_set(err, ERROR_INVALID, "--no-nat does not go with --nat-if %s", nat_if);
		return NULL;
	}
	if (strcmp(driver, BRIDGE) == 0 && strcmp(type, BRIDGE) != 0 && *type != '\0') {
		error_set(err, ERROR_INVALID, "--driver bridge does not go with --type %s", type);
		return NULL;
	}
	config = json_pack("{s:s, s:b, s:b}", "name", args->words[0], "icc",
		args_switch(args, "icc") != 0, "internal", (int)args_flag(args, "internal"));
	if (args_flag(args, "force"))
		json_object_set_new(config, "force", json_true());
	if (strcmp(driver, BRIDGE) == 0)
		klee_set_string(config, "type", BRIDGE);
	else
		klee_set_string(config, "driver", args_value(args, "driver"));
	if (*type != '\0')
		klee_set_string(config, "type", type);
	klee_set_string(config, "interface", args_value(args, "interface"));
	klee_set_string(config, "subnet", args_value(args, "subnet"));
	klee_set_string(config, "subnet6", args_value(args, "subnet6"));
	klee_set_string(config, "gateway", gateway(args_value(args, "gw")));
	klee_set_string(config, "gateway6", gateway(args_value(args, "gw6")));
	klee_set_string(config, "nat", no_nat ? "" : nat_if);
	if (set_ranges(args, config, err) == 0)
		return config;
	json_decref(config);
	return NULL;
}

static int run(struct klee *k, const struct args *args)
{
	struct error err = {0};
	json_t *answer, *config = network_config(args, &err);
	int rc;

	if (config == NULL)
		return klee_failed(k, &err);
	rc = klee_request(k, "POST", "/networks/create", config, &answer, &err);
	json_decref(config);
	if (rc < 0)
		return klee_argument_failed(k, &err);
	klee_show_warnings(answer);
	klee_print_id(answer, args->words[0]);
	return EXIT_SUCCESS;
}

const struct command cmd_network_create = {
	.group = "network",
	.name = "create",
	.arguments = "NAME",
	.options = {create_options, quiet_id_options},
	.summary = "Create a network",
	.run = run,
};
