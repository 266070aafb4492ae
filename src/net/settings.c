/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/settings.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define INTERFACE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

static const char *const subnet_keys[FAMILIES] = {"subnet", "subnet6"};
static const char *const range_keys[FAMILIES] = {"ip_range", "ip_range6"};
static const char *const gateway_keys[FAMILIES] = {"gateway", "gateway6"};

/* No network of containers can be in these. */
static const struct {
	struct subnet subnet;
	const char *what;
} unusable[] = {
	{{{AF_INET, 0}, 8}, "has no addresses of hosts"},
	{{{AF_INET, 127U << 24}, 8}, "is for loopback"},
	{{{AF_INET, 224U << 24}, 3}, "is for multicast, or reserved"},
	{{{AF_INET6, 0}, 127}, "is for loopback"},
	{{{AF_INET6, (address_number)0xfe80 << 112}, 10}, "is for links"},
	{{{AF_INET6, (address_number)0xff << 120}, 8}, "is for multicast"},
};

/* A text of the configuration, or what stands for it when it is absent or null. */
static const char *text_of(const json_t *config, const char *key, const char *absent)
{
	const char *text = json_string_value(json_object_get(config, key));

	return text != NULL ? text : absent;
}

static bool flag_of(const json_t *config, const char *key, bool absent)
{
	const json_t *value = json_object_get(config, key);

	return json_is_boolean(value) ? json_is_true(value) : absent;
}

bool interface_name_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < INTERFACE_MAX && strspn(name, INTERFACE_CHARACTERS) == len &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && name[0] != '-';
}

static int copy_interface(
	char to[INTERFACE_MAX], const char *field, const char *name, struct error *err)
{
	if (!interface_name_valid(name))
		return error_set(err, ERROR_INVALID, "%s: '%s' is not the name of an interface",
			field, name);
	snprintf(to, INTERFACE_MAX, "%s", name);
	return 0;
}

/* The type follows from the driver when it is not given. */
static int read_type(const json_t *config, struct network_settings *n, struct error *err)
{
	const char *type = text_of(config, "type", ""), *driver = text_of(config, "driver", "");

	n->has_driver = driver[0] != '\0';
	if (n->has_driver && network_driver_parse(driver, &n->driver, err) != 0)
		return -1;
	if (n->driver == DRIVER_HOST || n->driver == DRIVER_DISABLED)
		return error_set(err, ERROR_INVALID,
			"a network cannot have the driver '%s': expected ipnet or vnet", driver);
	n->type = driver_default_type(n->driver);
	if (type[0] != '\0' && network_type_parse(type, &n->type, err) != 0)
		return -1;
	if (n->has_driver && !driver_may_join(n->driver, n->type))
		return error_set(err, ERROR_INVALID,
			"driver and type do not agree: containers with the '%s' network driver "
			"cannot be connected to networks of type '%s'",
			driver, type);
	return 0;
}

static int check_usable(const char *key, const struct subnet *s, struct error *err)
{
	char text[SUBNET_TEXT_MAX], other[SUBNET_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(unusable); i++)
		if (subnet_overlaps(s, &unusable[i].subnet))
			return error_set(err, ERROR_INVALID,
				"%s: %s cannot be used by a network: %s %s", key,
				subnet_format(s, text), subnet_format(&unusable[i].subnet, other),
				unusable[i].what);
	return 0;
}

static int read_subnets(const json_t *config, struct network_settings *n, struct error *err)
{
	bool any = false;

	for (int i = 0; i < FAMILIES; i++) {
		const char *text = text_of(config, subnet_keys[i], "");

		if (text[0] == '\0')
			continue;
		any = true;
		if (subnet_parse(text, family_of[i], &n->subnet[i], err) != 0)
			return error_prefix(err, "%s", subnet_keys[i]);
		if (check_usable(subnet_keys[i], &n->subnet[i], err) != 0)
			return -1;
	}
	if (!any)
		return error_set(err, ERROR_INVALID,
			"a network needs a subnet: give subnet, subnet6 or both");
	return 0;
}

static int read_ranges(const json_t *config, struct network_settings *n, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		const char *text = text_of(config, range_keys[i], "");
		const struct subnet *subnet = &n->subnet[i];
		char within[SUBNET_TEXT_MAX];

		n->range[i] = *subnet;
		if (text[0] == '\0')
			continue;
		if (subnet_parse(text, family_of[i], &n->range[i], err) != 0)
			return error_prefix(err, "%s", range_keys[i]);
		if (address_is_none(&subnet->base))
			return error_set(err, ERROR_INVALID, "%s: '%s' is given, but no %s",
				range_keys[i], text, subnet_keys[i]);
		if (!subnet_contains(subnet, &n->range[i].base) ||
			n->range[i].prefix < subnet->prefix)
			return error_set(err, ERROR_INVALID, "%s: '%s' is no part of %s",
				range_keys[i], text, subnet_format(subnet, within));
	}
	return 0;
}

static int check_gateway(const char *key, const char *text, const struct network_settings *n,
	enum family_index i, struct error *err)
{
	char subnet[SUBNET_TEXT_MAX];

	if (n->type != NETWORK_BRIDGE)
		return error_set(err, ERROR_INVALID,
			"%s: networks of type '%s' have no gateway, only those of type 'bridge'",
			key, network_type_names[n->type]);
	if (address_is_none(&n->subnet[i].base))
		return error_set(err, ERROR_INVALID, "%s: '%s' is given, but no %s", key, text,
			subnet_keys[i]);
	if (subnet_role(&n->subnet[i], &n->gateway[i]) != ADDRESS_USABLE)
		return error_set(err, ERROR_INVALID, "%s: '%s' is not an address of a host in %s",
			key, text, subnet_format(&n->subnet[i], subnet));
	return 0;
}

static int read_gateways(const json_t *config, struct network_settings *n, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		const char *key = gateway_keys[i], *text = text_of(config, key, ADDRESS_AUTO);

		if (text[0] == '\0')
			continue;
		if (strcmp(text, ADDRESS_AUTO) != 0) {
			if (address_parse(text, family_of[i], &n->gateway[i], err) != 0)
				return error_prefix(err, "%s", key);
			if (check_gateway(key, text, n, (enum family_index)i, err) != 0)
				return -1;
		} else if (n->type == NETWORK_BRIDGE && !address_is_none(&n->subnet[i].base)) {
			n->gateway[i] = subnet_first_usable(&n->subnet[i]);
			n->gateway_is_host[i] = true;
		}
	}
	return 0;
}

static int read_interfaces(const json_t *config, struct network_settings *n, struct error *err)
{
	const char *interface = text_of(config, "interface", "");
	const char *nat = text_of(config, "nat", NAT_GATEWAY);

	if (n->type == NETWORK_CUSTOM && interface[0] == '\0')
		return error_set(err, ERROR_INVALID,
			"interface: a network of type 'custom' needs the name of an interface");
	n->nat = nat[0] != '\0';
	if (n->nat && strcmp(nat, NAT_GATEWAY) != 0 &&
		copy_interface(n->nat_interface, "nat", nat, err) != 0)
		return -1;
	return interface[0] != '\0' ? copy_interface(n->interface, "interface", interface, err) : 0;
}

int network_settings_parse(const json_t *config, struct network_settings *n, struct error *err)
{
	*n = (struct network_settings){.icc = flag_of(config, "icc", true),
		.internal = flag_of(config, "internal", false)};
	if (read_type(config, n, err) != 0 || read_subnets(config, n, err) != 0 ||
		read_ranges(config, n, err) != 0 || read_gateways(config, n, err) != 0)
		return -1;
	return read_interfaces(config, n, err);
}

int network_driver_of(const json_t *config, enum network_driver *driver, struct error *err)
{
	const char *name = json_string_value(json_object_get(config, "network_driver"));

	return network_driver_parse(name != NULL ? name : "host", driver, err);
}
