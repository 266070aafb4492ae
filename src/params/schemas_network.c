/* SPDX-License-Identifier: BSD-2-Clause */
/* The schemas of networks and of what is connected to them; the others are in schemas.c. */
#include <stddef.h>

#include "params/schemas.h"

#define REQUIRED true
#define OPTIONAL false

static const char *const network_types[] = {"loopback", "bridge", "custom", NULL};
static const char *const container_drivers[] = {"ipnet", "vnet", NULL};

static const struct field end_point_fields[] = {
	{"id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the endpoint"},
	{"network_id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the network"},
	{"container_id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the container"},
	{"ip_address", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "IPv4 address, or \"\""},
	{"ip_address6", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "IPv6 address, or \"\""},
	{"epair", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL,
		"interface of a vnet container that runs"},
	{"aliases", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,
		"what it is called there beside the container's name"},
	{.name = NULL}};

static const struct field end_point_config_fields[] = {
	{"network", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id or name of the network"},
	{"container", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL,
		"id or name of the container; of builds it is their own"},
	{"ip_address", SCHEMA_STRING, NULL, OPTIONAL, "\"<auto>\"", NULL,
		"IPv4 address; \"<auto>\": any that is free, \"\": none"},
	{"aliases", SCHEMA_STRINGS, NULL, OPTIONAL, "[]", NULL,
		"further names by which others in the network find the container"},
	{"ip_address6", SCHEMA_STRING, NULL, OPTIONAL, "\"<auto>\"", NULL,
		"IPv6 address, likewise"},
	{.name = NULL}};

/* What a network has, in the configuration and in answers. Its type follows from the driver. */
#define NETWORK_FIELDS                                                                             \
	{"name", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "name"},                               \
		{"type", SCHEMA_STRING, NULL, OPTIONAL, NULL, network_types,                       \
			"what it is on the host; left out: loopback, or bridge with driver vnet"}, \
		{"subnet", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL,                            \
			"IPv4 subnet, ADDRESS/LENGTH; \"\": none, or, without subnet6 too, one "   \
			"that is free"},                                                           \
		{"subnet6", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL, "IPv6 subnet, likewise"}, \
		{"ip_range", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL,                          \
			"part of the IPv4 subnet from which containers get addresses that ask "    \
			"for none; \"\": all of it"},                                              \
		{"ip_range6", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL,                         \
			"part of the IPv6 subnet, likewise"},                                      \
		{"interface", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL,                         \
			"interface of the host; custom networks need its name"},                   \
		{"gateway", SCHEMA_STRING, NULL, OPTIONAL, "\"<auto>\"", NULL,                     \
			"IPv4 gateway of a bridge; \"<auto>\": the host, at the first address, "   \
			"\"\": none"},                                                             \
		{"gateway6", SCHEMA_STRING, NULL, OPTIONAL, "\"<auto>\"", NULL,                    \
			"IPv6 gateway, likewise"},                                                 \
		{"nat", SCHEMA_STRING, NULL, OPTIONAL, "\"<host-gateway>\"", NULL,                 \
			"interface through which outgoing traffic gets its address; "              \
			"\"<host-gateway>\": the host's gateway interface, \"\": none"},           \
		{"icc", SCHEMA_BOOLEAN, NULL, OPTIONAL, "true", NULL,                              \
			"whether its containers reach each other"},                                \
		{"internal", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,                        \
			"whether nothing passes to or from outside the network"},                  \
	{                                                                                          \
		"driver", SCHEMA_STRING, NULL, OPTIONAL, NULL, container_drivers,                  \
			"default network driver of its containers"                                 \
	}

static const struct field network_config_fields[] = {NETWORK_FIELDS,
	{"force", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"make it also where an interface of the host has the subnet"},
	{.name = NULL}};

static const struct field network_fields[] = {
	{"id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the network"}, NETWORK_FIELDS,
	{"created", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL, "time of creation, ISO 8601, UTC"},
	{.name = NULL}};

static const struct field network_inspect_fields[] = {
	{"network", SCHEMA_OBJECT, &schema_network, REQUIRED, NULL, NULL, "the network"},
	{"network_endpoints", SCHEMA_LIST, &schema_end_point, REQUIRED, NULL, NULL,
		"the endpoints of its containers"},
	{.name = NULL}};

const struct schema schema_end_point = {"EndPoint", end_point_fields};
const struct schema schema_end_point_config = {"EndPointConfig", end_point_config_fields};
const struct schema schema_network_config = {"NetworkConfig", network_config_fields};
const struct schema schema_network = {"Network", network_fields};
const struct schema schema_network_inspect = {"NetworkInspect", network_inspect_fields};
