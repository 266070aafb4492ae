/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/networking.h"

#include <string.h>

static const char *const drivers[] = {"ipnet", "host", "vnet", "disabled", NULL};

const struct option networking_options[] = {
	{"driver", 'l', OPTION_VALUE, "DRIVER", drivers,
		"network driver (default: the network's, or ipnet; host without --network)"},
	{"network", 'n', OPTION_LIST, "NETWORK", NULL,
		"network to join; 'host' is the host's own, the default, 'none' is none"},
	{"ip", 0, OPTION_VALUE, "ADDRESS", NULL,
		"IPv4 address in the network (default: a free one)"},
	{"ip6", 0, OPTION_VALUE, "ADDRESS", NULL,
		"IPv6 address in the network (default: a free one)"},
	{"network-alias", 0, OPTION_LIST, "NAME", NULL,
		"further name by which others in the networks find the container"},
	{"hostname", 0, OPTION_VALUE, "NAME", NULL,
		"what it calls itself, as -J host.hostname=NAME (default: its id)"},
	{"add-host", 0, OPTION_LIST, "NAME:ADDRESS", NULL,
		"further line of /etc/hosts; host-gateway is the address of the host"},
	{"dns", 0, OPTION_LIST, "ADDRESS", NULL,
		"server for names that are no containers' (default: the host's)"},
	{"publish", 'p', OPTION_LIST, "[PLACE:]HOST[:CONTAINER][/tcp|udp]", NULL,
		"publish a port of the container on the host, at an interface or address; "
		"alone: at any free port; ranges: N:M:N:* or N-M:N-M"},
	{0},
};

/* What is no network of containers, and the driver that it means. */
static const struct {
	const char *name, *driver;
} no_networks[] = {{"host", "host"}, {"none", "disabled"}};

/* Takes those off the list; the index of the last of them, or -1. */
static int take_no_network(struct strings *networks)
{
	struct strings others = {0};
	int found = -1;

	for (size_t i = 0; i < networks->n; i++) {
		bool any = false;

		for (size_t k = 0; k < ARRAY_SIZE(no_networks); k++)
			if (strcmp(networks->v[i], no_networks[k].name) == 0) {
				found = (int)k;
				any = true;
			}
		if (!any)
			strings_add(&others, networks->v[i]);
	}
	strings_free(networks);
	*networks = others;
	return found;
}

int networking_parse(const struct args *args, struct networking *n, struct error *err)
{
	int none;

	*n = (struct networking){.driver = args_value(args, "driver"),
		.ip = args_value(args, "ip"),
		.ip6 = args_value(args, "ip6")};
	args_list(args, "network", &n->networks);
	args_list(args, "network-alias", &n->aliases);
	none = take_no_network(&n->networks);
	if (none >= 0 && n->networks.n > 0)
		return error_set(err, ERROR_INVALID,
			"--network %s does not go with another network, '%s'",
			no_networks[none].name, n->networks.v[0]);
	if (none >= 0 && n->driver != NULL && strcmp(n->driver, no_networks[none].driver) != 0)
		return error_set(err, ERROR_INVALID, "--network %s does not go with --driver %s",
			no_networks[none].name, n->driver);
	if (n->aliases.n > 0 && n->networks.n == 0)
		return error_set(err, ERROR_INVALID,
			"--network-alias %s: it has no network to have the name in: --network",
			n->aliases.v[0]);
	if ((n->ip != NULL || n->ip6 != NULL) && n->networks.n != 1)
		return error_set(err, ERROR_INVALID,
			"%s goes with exactly one --network: connect to others by 'klee network "
			"connect'",
			n->ip != NULL ? "--ip" : "--ip6");
	if (none >= 0)
		n->driver = no_networks[none].driver;
	else if (n->networks.n == 0 && n->driver == NULL)
		n->driver = "host";
	return 0;
}

void networking_free(struct networking *n)
{
	strings_free(&n->networks);
	strings_free(&n->aliases);
}

void networking_set_names(const struct args *args, json_t *config)
{
	static const struct {
		const char *option, *field;
	} lists[] = {{"add-host", "extra_hosts"}, {"dns", "dns"}};
	const char *hostname = args_value(args, "hostname");

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct strings list = {0};

		args_list(args, lists[i].option, &list);
		if (list.n > 0)
			json_object_set_new(config, lists[i].field, klee_json_strings(&list));
		strings_free(&list);
	}
	if (hostname != NULL) {
		AUTO_FREE char *param = xasprintf("host.hostname=%s", hostname);
		json_t *params = json_object_get(config, "jail_param");

		if (params == NULL)
			json_object_set_new(config, "jail_param", params = json_array());
		json_array_append_new(params, json_string(param));
	}
}

/* An EndPointConfig. ip, ip6: an address, "" for none, NULL for any. */
static json_t *end_point_config(
	const char *network, const char *ip, const char *ip6, const struct strings *aliases)
{
	json_t *config = json_pack("{s:s, s:s, s:s}", "network", network, "ip_address",
		ip != NULL ? ip : "<auto>", "ip_address6", ip6 != NULL ? ip6 : "<auto>");

	if (aliases->n > 0)
		json_object_set_new(config, "aliases", klee_json_strings(aliases));
	return config;
}

json_t *networking_json(const struct networking *n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n->networks.n; i++)
		json_array_append_new(
			list, end_point_config(n->networks.v[i], n->ip, n->ip6, &n->aliases));
	return list;
}

int network_connect(struct klee *k, const char *network, const char *container, const char *ip,
	const char *ip6, const struct strings *aliases, struct error *err)
{
	json_t *config = end_point_config(network, ip, ip6, aliases);
	int rc;

	klee_set_string(config, "container", container);
	rc = klee_request(k, "POST", "/networks/connect", config, NULL, err);
	json_decref(config);
	return rc;
}
