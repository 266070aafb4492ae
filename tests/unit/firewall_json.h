/* SPDX-License-Identifier: BSD-2-Clause */
/* A firewall's model from a description in JSON, for the tests. */
#ifndef TESTS_UNIT_FIREWALL_JSON_H
#define TESTS_UNIT_FIREWALL_JSON_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "firewall/firewall.h"

/* A model that owns its lists; the description is kept for its texts. */
struct firewall_file {
	struct firewall fw;
	json_t *json;
};

static inline void firewall_bad(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	exit(2);
}

static inline const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

static inline void copy_text(const json_t *o, const char *key, char *to, size_t size)
{
	snprintf(to, size, "%s", text_of(o, key));
}

static inline void read_address(const json_t *o, const char *key, struct address *a)
{
	const char *text = text_of(o, key);
	struct error err;

	if (text[0] != '\0' && address_parse(text, AF_UNSPEC, a, &err) != 0)
		firewall_bad(key, err.message);
}

static inline void read_subnet(const json_t *o, const char *key, struct subnet *s)
{
	const char *text = text_of(o, key);
	struct error err;

	if (text[0] != '\0' && subnet_parse(text, AF_UNSPEC, s, &err) != 0)
		firewall_bad(key, err.message);
}

static inline struct firewall_network read_network(const json_t *o)
{
	struct firewall_network n = {.icc = !json_is_false(json_object_get(o, "icc")),
		.internal = json_is_true(json_object_get(o, "internal"))};
	struct error err;

	copy_text(o, "id", n.id, sizeof(n.id));
	copy_text(o, "interface", n.interface, sizeof(n.interface));
	copy_text(o, "nat", n.nat_interface, sizeof(n.nat_interface));
	if (network_type_parse(text_of(o, "type"), &n.type, &err) != 0)
		firewall_bad("type", err.message);
	read_subnet(o, "subnet", &n.subnet[IPV4]);
	read_subnet(o, "subnet6", &n.subnet[IPV6]);
	read_address(o, "gateway", &n.gateway[IPV4]);
	read_address(o, "gateway6", &n.gateway[IPV6]);
	return n;
}

static inline struct firewall_endpoint read_endpoint(const json_t *o)
{
	struct firewall_endpoint e = {0};

	copy_text(o, "network", e.network_id, sizeof(e.network_id));
	copy_text(o, "container", e.container_id, sizeof(e.container_id));
	copy_text(o, "interface", e.interface, sizeof(e.interface));
	sscanf(text_of(o, "hardware"), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &e.hardware[0],
		&e.hardware[1], &e.hardware[2], &e.hardware[3], &e.hardware[4], &e.hardware[5]);
	read_address(o, "address", &e.address[IPV4]);
	read_address(o, "address6", &e.address[IPV6]);
	return e;
}

static inline void read_ports(const json_t *o, struct published_port **list, size_t *n)
{
	struct error err;

	if (published_port_parse(o, text_of(o, "container"), NULL, list, n, &err) != 0)
		firewall_bad("port", err.message);
}

static inline struct firewall_host_address read_host(const json_t *o)
{
	struct firewall_host_address h = {0};

	copy_text(o, "interface", h.interface, sizeof(h.interface));
	read_address(o, "address", &h.address);
	h.network = json_is_true(json_object_get(o, "network"));
	return h;
}

/* Reads the file; a fault in it ends the program. */
static inline struct firewall_file firewall_read(const char *path)
{
	struct firewall_file f = {.json = NULL};
	struct firewall_network *networks;
	struct firewall_endpoint *endpoints;
	struct firewall_host_address *host;
	struct published_port *ports = NULL;
	json_error_t error;
	json_t *list, *item;
	size_t i;

	f.json = json_load_file(path, 0, &error);
	if (f.json == NULL)
		firewall_bad(path, error.text);
	f.fw.instance = text_of(f.json, "instance");
	list = json_object_get(f.json, "networks");
	f.fw.networks = networks = xcalloc(json_array_size(list) + 1, sizeof(*networks));
	json_array_foreach (list, i, item)
		networks[f.fw.nnetworks++] = read_network(item);
	list = json_object_get(f.json, "endpoints");
	f.fw.endpoints = endpoints = xcalloc(json_array_size(list) + 1, sizeof(*endpoints));
	json_array_foreach (list, i, item)
		endpoints[f.fw.nendpoints++] = read_endpoint(item);
	list = json_object_get(f.json, "host");
	f.fw.host = host = xcalloc(json_array_size(list) + 1, sizeof(*host));
	json_array_foreach (list, i, item)
		host[f.fw.nhost++] = read_host(item);
	list = json_object_get(f.json, "ports");
	json_array_foreach (list, i, item)
		read_ports(item, &ports, &f.fw.nports);
	f.fw.ports = ports;
	return f;
}

static inline void firewall_file_free(struct firewall_file *f)
{
	free((void *)(uintptr_t)f->fw.networks);
	free((void *)(uintptr_t)f->fw.endpoints);
	free((void *)(uintptr_t)f->fw.host);
	free((void *)(uintptr_t)f->fw.ports);
	json_decref(f->json);
}

#endif
