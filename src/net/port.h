/* Published ports: PublishedPortConfig of the API, taken apart. */
#ifndef NET_PORT_H
#define NET_PORT_H

#include <stddef.h>

#include "base/id.h"
#include "net/settings.h"

struct json_t; /* of jansson */

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOLS };
extern const char *const protocol_names[PROTOCOLS];

/* Ports low to high of one interface of the host, and those of a container from target on. */
struct published_port {
	char container_id[ID_LEN + 1];
	char interface[INTERFACE_MAX];
	enum protocol protocol;
	unsigned int low, high, target;
};

/*
 * Reads one PublishedPortConfig and appends one port for each of its interfaces, or for
 * gateway_interface if it names none; where that is NULL too, the host has none and it is
 * ERROR_CONFLICT. The list is realloc(3)ed and the caller's to free. ERROR_INVALID names the port.
 */
int published_port_parse(const struct json_t *config, const char *container_id,
	const char *gateway_interface, struct published_port **list, size_t *n, struct error *err);

#endif
