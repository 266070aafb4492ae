/* SPDX-License-Identifier: BSD-2-Clause */
/* Published ports: PublishedPortConfig of the API, taken apart. */
#ifndef NET_PORT_H
#define NET_PORT_H

#include <stddef.h>

#include "base/id.h"
#include "net/address.h"
#include "net/settings.h"

struct json_t; /* of jansson */

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOLS };
extern const char *const protocol_names[PROTOCOLS];

#define PLACE_MAX ADDRESS_TEXT_MAX /* longer than an interface's name */

/* Ports low to high of one place on the host, and those of a container from target on. */
struct published_port {
	char container_id[ID_LEN + 1];
	char place[PLACE_MAX]; /* the name of an interface, or an address as address_format has it
				*/
	struct address address; /* the place, if it is one; 0.0.0.0 and ::, all of their family */
	enum protocol protocol;
	/* open: any free port, chosen when the container starts; until then low and high are 0 */
	bool open;
	unsigned int low, high, target;
};

/* What is an address is no interface's name, even if Linux would let one be called so. */
void published_port_set_place(struct published_port *p, const char *place);

/* Whether that place is an address of the family, or no address at all. */
bool published_port_has_family(const struct published_port *p, enum family_index family);

/*
 * Reads one PublishedPortConfig and appends one port for each place that it names. If it names
 * none, these are gateway_interface and the host's own 127.0.0.1 and ::1; where that is NULL, the
 * host has none and it is ERROR_CONFLICT. The list is realloc(3)ed and the caller's to free.
 * ERROR_INVALID names the port.
 */
int published_port_parse(const struct json_t *config, const char *container_id,
	const char *gateway_interface, struct published_port **list, size_t *n, struct error *err);

#endif
