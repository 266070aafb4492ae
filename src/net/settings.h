/* SPDX-License-Identifier: BSD-2-Clause */
/* What a NetworkConfig of the API asks for, checked as far as it can be without looking at the
 * host. */
#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include "net/address.h"
#include "net/driver.h"

struct json_t; /* of jansson */

#define INTERFACE_MAX 16 /* of an interface's name, with the NUL: IFNAMSIZ on both systems */

/* Values of fields that stand for something only the daemon knows. */
#define ADDRESS_AUTO "<auto>"
#define NAT_GATEWAY  "<host-gateway>"

struct network_settings {
	enum network_type type;
	bool has_driver;
	enum network_driver driver; /* of its containers, unless they say otherwise */
	struct subnet subnet[FAMILIES]; /* at least one is there */
	struct subnet range[FAMILIES]; /* of it, where containers get addresses */
	struct address gateway[FAMILIES]; /* of bridges alone; no container gets it */
	bool gateway_is_host[FAMILIES]; /* it belongs on the bridge; else it is another router */
	char interface[INTERFACE_MAX]; /* of custom networks; of others "" */
	bool nat;
	char nat_interface[INTERFACE_MAX]; /* "": the host's gateway interface */
	bool icc, internal;
};

/*
 * Reads a NetworkConfig whose types the API's schema has checked. A field that is absent, null or
 * "" is as the API says. ERROR_INVALID names the field and what is wrong with it.
 */
int network_settings_parse(
	const struct json_t *config, struct network_settings *n, struct error *err);

/* A ContainerConfig's driver, "host" unless it was made with another. */
int network_driver_of(const struct json_t *config, enum network_driver *driver, struct error *err);

/*
 * True if name can be an interface's: letters, digits, '_', '-' and '.'. So it means nothing else
 * within the rules of a firewall.
 */
bool interface_name_valid(const char *name);

#endif
