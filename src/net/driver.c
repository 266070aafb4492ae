/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/driver.h"

#include <string.h>

#include "base/mem.h"

const char *const network_type_names[NETWORK_TYPES] = {
	[NETWORK_LOOPBACK] = "loopback",
	[NETWORK_BRIDGE] = "bridge",
	[NETWORK_CUSTOM] = "custom",
};

const char *const network_driver_names[NETWORK_DRIVERS] = {
	[DRIVER_IPNET] = "ipnet",
	[DRIVER_VNET] = "vnet",
	[DRIVER_HOST] = "host",
	[DRIVER_DISABLED] = "disabled",
};

static const bool may_join[NETWORK_DRIVERS][NETWORK_TYPES] = {
	[DRIVER_IPNET] =
		{[NETWORK_LOOPBACK] = true, [NETWORK_BRIDGE] = true, [NETWORK_CUSTOM] = true},
	[DRIVER_VNET] = {[NETWORK_BRIDGE] = true},
};

/* The index of text among the names, or -1 with an error. */
static int find_name(
	const char *const *names, size_t n, const char *what, const char *text, struct error *err)
{
	struct buffer list = {0};

	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0)
			return (int)i;
	for (size_t i = 0; i < n; i++)
		buffer_printf(&list, "%s%s", i ? ", " : "", names[i]);
	error_set(err, ERROR_INVALID, "unknown %s '%s': there are %s", what, text, list.data);
	buffer_free(&list);
	return -1;
}

int network_type_parse(const char *text, enum network_type *type, struct error *err)
{
	int i = find_name(network_type_names, NETWORK_TYPES, "network type", text, err);

	if (i >= 0)
		*type = (enum network_type)i;
	return i < 0 ? -1 : 0;
}

int network_driver_parse(const char *text, enum network_driver *driver, struct error *err)
{
	int i = find_name(network_driver_names, NETWORK_DRIVERS, "network driver", text, err);

	if (i >= 0)
		*driver = (enum network_driver)i;
	return i < 0 ? -1 : 0;
}

enum network_type driver_default_type(enum network_driver driver)
{
	return driver == DRIVER_VNET ? NETWORK_BRIDGE : NETWORK_LOOPBACK;
}

bool driver_may_join(enum network_driver driver, enum network_type type)
{
	return may_join[driver][type];
}

int driver_check_join(
	enum network_driver driver, enum network_type type, bool running, struct error *err)
{
	const char *name = network_driver_names[driver];

	if (driver == DRIVER_HOST || driver == DRIVER_DISABLED)
		return error_set(err, ERROR_CONFLICT,
			"containers with the '%s' network driver cannot be connected to networks, "
			"nor to this one of type '%s'",
			name, network_type_names[type]);
	if (!may_join[driver][type])
		return error_set(err, ERROR_CONFLICT,
			"containers with the '%s' network driver cannot be connected to networks "
			"of "
			"type '%s'",
			name, network_type_names[type]);
	if (running && driver == DRIVER_VNET)
		return error_set(err, ERROR_CONFLICT,
			"cannot connect a running vnet container to a network");
	return 0;
}

int driver_check_publish(enum network_driver driver, struct error *err)
{
	if (driver != DRIVER_HOST && driver != DRIVER_DISABLED)
		return 0;
	if (driver == DRIVER_HOST)
		return error_set(err, ERROR_INVALID,
			"a container with the '%s' network driver cannot publish ports: it has the "
			"host's addresses, and what it listens on is the host's port already; to "
			"give it its own, let it join a network",
			network_driver_names[driver]);
	return error_set(err, ERROR_INVALID,
		"a container with the '%s' network driver cannot publish ports: it has no network",
		network_driver_names[driver]);
}
