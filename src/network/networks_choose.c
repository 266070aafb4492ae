/* SPDX-License-Identifier: BSD-2-Clause */
/* Subnets for networks that are made without one. */
#include <string.h>

#include "daemon/daemon.h"
#include "network/joining.h"

#define POOL_TRIES 65536 /* subnets of one pool that are looked at */

static const char *const keys[FAMILIES] = {"subnet", "subnet6"};
static const unsigned int lengths[FAMILIES] = {24, 64}; /* of what a network gets */

/* Whether a host's interface has the subnet, or (all) any route of the host's is for it. */
static bool is_routed(const struct host_view *view, const struct subnet *s, bool all)
{
	for (size_t i = 0; i < view->naddresses; i++)
		if (subnet_contains(s, &view->addresses[i].address))
			return true;
	for (size_t i = 0; i < view->nroutes; i++)
		if ((all || view->routes[i].own) && subnet_overlaps(s, &view->routes[i].to))
			return true;
	return false;
}

/* The first subnet of a pool that is free. 1: found, 0: there is none, -1: an error. */
static int choose_from(struct daemon *d, const struct host_view *view, const struct subnet *pool,
	bool all, struct subnet *found, struct error *err)
{
	const struct address last = subnet_last(pool);
	unsigned int bits = pool->base.family == AF_INET ? 32 : 128;
	unsigned int length = lengths[family_index(pool->base.family)];
	address_number step;

	*found = *pool;
	if (pool->prefix < length)
		found->prefix = length;
	step = (address_number)1 << (bits - found->prefix);
	for (unsigned int tries = 0; tries < POOL_TRIES; tries++) {
		bool is_free = !is_routed(view, found, all);

		if (is_free && store_subnet_is_free(d->store, found, &is_free, err) != 0)
			return -1;
		if (is_free)
			return 1;
		if (last.value - found->base.value < step)
			return 0;
		found->base.value += step;
	}
	return 0;
}

/* all: what is behind other routes of the host's is left alone, too. Returns as choose_from. */
static int choose(struct daemon *d, const struct host_view *view, int family, bool all,
	json_t *config, struct error *err)
{
	for (unsigned int i = 0; i < d->config->network_pools_count; i++) {
		struct subnet pool, found;
		char text[SUBNET_TEXT_MAX];
		int result;

		if (subnet_parse(d->config->network_pools[i], AF_UNSPEC, &pool, err) != 0)
			return -1;
		if (pool.base.family != family_of[family])
			continue;
		result = choose_from(d, view, &pool, all, &found, err);
		if (result > 0)
			json_object_set_new(
				config, keys[family], json_string(subnet_format(&found, text)));
		if (result != 0)
			return result;
	}
	return 0;
}

/* Whether the host has addresses of IPv6 that are not for itself alone. */
static bool has_ipv6(const struct host_view *view)
{
	for (size_t i = 0; i < view->naddresses; i++)
		if (view->addresses[i].address.family == AF_INET6 &&
			view->addresses[i].address.value != 1)
			return true;
	return false;
}

int network_choose_subnets(
	struct daemon *d, const struct host_view *view, json_t *config, struct error *err)
{
	static const char *const ranges[FAMILIES] = {"ip_range", "ip_range6"};
	int found[FAMILIES] = {0};

	for (int i = 0; i < FAMILIES; i++) {
		const char *range = json_string_value(json_object_get(config, ranges[i]));

		if (range != NULL && range[0] != '\0')
			return error_set(err, ERROR_INVALID,
				"%s: '%s' is to be a part of a subnet: give that, too", ranges[i],
				range);
		if (i == IPV6 && !has_ipv6(view))
			continue;
		found[i] = choose(d, view, i, true, config, err);
		if (found[i] == 0)
			found[i] = choose(d, view, i, false, config, err);
		if (found[i] < 0)
			return -1;
	}
	if (found[IPV4] > 0 || found[IPV6] > 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
		"no subnet is free in network_pools of the daemon's configuration: give one");
}
