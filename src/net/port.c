/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/port.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define PORT_MAX 65535

const char *const protocol_names[PROTOCOLS] = {"tcp", "udp"};

/* Reads a port number that ends where end points to; 0: it is none. */
static unsigned int read_port(const char *text, const char *end)
{
	unsigned int port = 0;

	if (text == end || end - text > 5 || text[0] == '0')
		return 0;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		port = port * 10 + (unsigned int)(*text - '0');
	}
	return port <= PORT_MAX ? port : 0;
}

void published_port_set_place(struct published_port *p, const char *place)
{
	struct error ignored;

	snprintf(p->place, sizeof(p->place), "%s", place);
	if (address_parse(place, AF_UNSPEC, &p->address, &ignored) == 0)
		address_format(&p->address, p->place);
	else
		p->address = (struct address){.family = AF_UNSPEC};
}

bool published_port_has_family(const struct published_port *p, enum family_index family)
{
	return address_is_none(&p->address) || p->address.family == family_of[family];
}

/* "N", "N:M", or "0": any that is free */
static int read_host_ports(const char *text, struct published_port *p, struct error *err)
{
	const char *end = text + strlen(text), *colon = strchr(text, ':');

	p->open = strcmp(text, "0") == 0;
	if (p->open)
		return 0;
	p->low = read_port(text, colon != NULL ? colon : end);
	p->high = colon != NULL ? read_port(colon + 1, end) : p->low;
	if (p->low == 0 || p->high == 0)
		return error_set(err, ERROR_INVALID,
			"bad host port '%s': expected N, N:M or 0, with ports from 1 to %d", text,
			PORT_MAX);
	if (p->high < p->low)
		return error_set(
			err, ERROR_INVALID, "bad host port '%s': the range is backwards", text);
	return 0;
}

/* "N", or "N:*": as many from N on as the host's range has */
static int read_container_ports(const char *text, struct published_port *p, struct error *err)
{
	const char *end = text + strlen(text), *colon = strchr(text, ':');

	p->target = read_port(text, colon != NULL ? colon : end);
	if (p->target == 0 || (colon != NULL && strcmp(colon, ":*") != 0))
		return error_set(err, ERROR_INVALID,
			"bad container port '%s': expected N or N:*, with ports from 1 to %d", text,
			PORT_MAX);
	if (colon == NULL && p->high > p->low)
		return error_set(err, ERROR_INVALID,
			"bad container port '%s': a range of the host's ports needs a range, "
			"'%s:*'",
			text, text);
	if (p->target + (p->high - p->low) > PORT_MAX)
		return error_set(err, ERROR_INVALID,
			"bad container port '%s': %u ports from there on are more than there are",
			text, p->high - p->low + 1);
	return 0;
}

#define NAME_SIZE sizeof("port 65535 of the container")

/* What messages call the port. */
static const char *name_of(const struct published_port *p, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, p->open ? "port %u of the container" : "port %u",
		p->open ? p->target : p->low);
	return name;
}

static int append(struct published_port p, const char *place, struct published_port **list,
	size_t *n, struct error *err)
{
	char name[NAME_SIZE];

	published_port_set_place(&p, place);
	if (address_is_none(&p.address) && !interface_name_valid(place))
		return error_set(err, ERROR_INVALID,
			"cannot publish %s: '%s' is neither an address nor the name of an "
			"interface",
			name_of(&p, name), place);
	*list = xrealloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = p;
	return 0;
}

/* On the host's gateway interface, and on what everybody calls localhost. */
static int append_default(struct published_port p, const char *gateway_interface,
	struct published_port **list, size_t *n, struct error *err)
{
	static const char *const localhost[] = {"127.0.0.1", "::1"};
	char name[NAME_SIZE];

	if (gateway_interface == NULL)
		return error_set(err, ERROR_CONFLICT,
			"cannot publish %s: the host has no gateway interface; name one, or an "
			"address",
			name_of(&p, name));
	if (append(p, gateway_interface, list, n, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(localhost); i++)
		append(p, localhost[i], list, n, err);
	return 0;
}

int published_port_parse(const json_t *config, const char *container_id,
	const char *gateway_interface, struct published_port **list, size_t *n, struct error *err)
{
	const char *host = json_string_value(json_object_get(config, "host_port"));
	const char *target = json_string_value(json_object_get(config, "container_port"));
	const char *protocol = json_string_value(json_object_get(config, "protocol"));
	json_t *interfaces = json_object_get(config, "interfaces"), *item;
	struct published_port p = {.protocol = PROTOCOL_TCP};
	size_t i;

	snprintf(p.container_id, sizeof(p.container_id), "%s", container_id);
	if (protocol != NULL && strcmp(protocol, protocol_names[PROTOCOL_UDP]) == 0)
		p.protocol = PROTOCOL_UDP;
	if (read_host_ports(host != NULL ? host : "", &p, err) != 0 ||
		read_container_ports(target != NULL ? target : "", &p, err) != 0)
		return -1;
	if (json_array_size(interfaces) == 0)
		return append_default(p, gateway_interface, list, n, err);
	json_array_foreach (interfaces, i, item)
		if (append(p, json_string_value(item), list, n, err) != 0)
			return -1;
	return 0;
}
