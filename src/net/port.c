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

/* "N" or "N:M" */
static int read_host_ports(const char *text, struct published_port *p, struct error *err)
{
	const char *end = text + strlen(text), *colon = strchr(text, ':');

	p->low = read_port(text, colon != NULL ? colon : end);
	p->high = colon != NULL ? read_port(colon + 1, end) : p->low;
	if (p->low == 0 || p->high == 0)
		return error_set(err, ERROR_INVALID,
			"bad host port '%s': expected N or N:M, with ports from 1 to %d", text,
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

static int append(struct published_port p, const char *interface, struct published_port **list,
	size_t *n, struct error *err)
{
	if (!interface_name_valid(interface))
		return error_set(err, ERROR_INVALID,
			"cannot publish port %u: '%s' is not the name of an interface", p.low,
			interface);
	snprintf(p.interface, sizeof(p.interface), "%s", interface);
	*list = xrealloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = p;
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
	if (json_array_size(interfaces) == 0) {
		if (gateway_interface == NULL)
			return error_set(err, ERROR_CONFLICT,
				"cannot publish port %u: the host has no gateway interface; name "
				"one",
				p.low);
		return append(p, gateway_interface, list, n, err);
	}
	json_array_foreach (interfaces, i, item)
		if (append(p, json_string_value(item), list, n, err) != 0)
			return -1;
	return 0;
}
