#include "klee/networking.h"

#include <string.h>

static const char *const drivers[] = {"ipnet", "host", "vnet", "disabled", NULL};

const struct option networking_options[] = {
	{"driver", 'l', OPTION_VALUE, "DRIVER", drivers,
		"network driver (default: the network's, or ipnet; host without --network)"},
	{"network", 'n', OPTION_LIST, "NETWORK", NULL,
		"network to join; 'host' is the host's own, the default"},
	{"ip", 0, OPTION_VALUE, "ADDRESS", NULL,
		"IPv4 address in the network (default: a free one)"},
	{"ip6", 0, OPTION_VALUE, "ADDRESS", NULL,
		"IPv6 address in the network (default: a free one)"},
	{"publish", 'p', OPTION_LIST, "[IF:]HOST[:CONTAINER][/tcp|udp]", NULL,
		"publish a port of the container on the host; ranges: N:M:N:*"},
	{0},
};

/* Takes 'host' off the list; true if it was there. */
static bool take_host(struct strings *networks)
{
	struct strings others = {0};
	bool host = false;

	for (size_t i = 0; i < networks->n; i++)
		if (strcmp(networks->v[i], "host") == 0)
			host = true;
		else
			strings_add(&others, networks->v[i]);
	strings_free(networks);
	*networks = others;
	return host;
}

int networking_parse(const struct args *args, struct networking *n, struct error *err)
{
	bool host;

	*n = (struct networking){.driver = args_value(args, "driver"),
		.ip = args_value(args, "ip"),
		.ip6 = args_value(args, "ip6")};
	args_list(args, "network", &n->networks);
	host = take_host(&n->networks);
	if (host && n->networks.n > 0)
		return error_set(err, ERROR_INVALID,
			"--network host does not go with another network, '%s'", n->networks.v[0]);
	if (host && n->driver != NULL && strcmp(n->driver, "host") != 0)
		return error_set(err, ERROR_INVALID, "--network host does not go with --driver %s",
			n->driver);
	if ((n->ip != NULL || n->ip6 != NULL) && n->networks.n != 1)
		return error_set(err, ERROR_INVALID,
			"%s goes with exactly one --network: connect to others by 'klee network "
			"connect'",
			n->ip != NULL ? "--ip" : "--ip6");
	if (host)
		n->driver = "host";
	return 0;
}

void networking_free(struct networking *n)
{
	strings_free(&n->networks);
}

/* An EndPointConfig. ip, ip6: an address, "" for none, NULL for any. */
static json_t *end_point_config(const char *network, const char *ip, const char *ip6)
{
	return json_pack("{s:s, s:s, s:s}", "network", network, "ip_address",
		ip != NULL ? ip : "<auto>", "ip_address6", ip6 != NULL ? ip6 : "<auto>");
}

json_t *networking_json(const struct networking *n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n->networks.n; i++)
		json_array_append_new(list, end_point_config(n->networks.v[i], n->ip, n->ip6));
	return list;
}

int network_connect(struct klee *k, const char *network, const char *container, const char *ip,
	const char *ip6, struct error *err)
{
	json_t *config = end_point_config(network, ip, ip6);
	int rc;

	klee_set_string(config, "container", container);
	rc = klee_request(k, "POST", "/networks/connect", config, NULL, err);
	json_decref(config);
	return rc;
}
