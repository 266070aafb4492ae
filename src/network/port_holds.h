/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets that hold published ports (host/port.h), one for each port at each address of the
 * host's: as long as the packet filter redirects a port, no process of the host can have it, and
 * one that has it keeps it. No locks: the state of networks has them (netstate.h).
 */
#ifndef NETWORK_PORT_HOLDS_H
#define NETWORK_PORT_HOLDS_H

#include <stddef.h>

#include "firewall/firewall.h"

struct held_port {
	struct address address;
	enum protocol protocol;
	unsigned int port;
	char container_id[ID_LEN + 1];
	int fd;
};

struct port_holds {
	struct held_port *v; /* in the order of addresses, protocols, ports */
	size_t n;
};

/*
 * Holds what the model redirects to the container, beside all that is held. Those that another
 * container holds, which has ended and of which the filter has not heard yet, become this one's.
 * ERROR_CONFLICT names the port, the address, and the process that has it if that can be found;
 * then nothing more is held than before.
 */
int port_holds_take(struct port_holds *h, const struct firewall *fw, const char *container_id,
	struct error *err);

/* Whether the ports that the published ones lead to are free at the container's own address. */
int port_holds_try(const struct published_port *p, const struct address *own, struct error *err);

/* Releases what the container holds and the model does not redirect to it; NULL: all of it. */
void port_holds_keep(struct port_holds *h, const struct firewall *fw, const char *container_id);

void port_holds_free(struct port_holds *h);

#endif
