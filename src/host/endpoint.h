/* SPDX-License-Identifier: BSD-2-Clause */
/* A container's place in a network, as the daemon describes it to the host and to the warden. */
#ifndef HOST_ENDPOINT_H
#define HOST_ENDPOINT_H

#include "base/id.h"
#include "net/address.h"
#include "net/driver.h"
#include "net/settings.h"

struct jail_endpoint {
	char id[ID_LEN + 1]; /* of the endpoint */
	/*
	 * The host's end of the pair that leads to the container, endpoint_interface. FreeBSD makes
	 * one for vnet containers alone: the epair's "a" end, renamed to this.
	 */
	char interface[INTERFACE_MAX];
	enum network_type type; /* of the network */
	char network[INTERFACE_MAX]; /* its interface */
	struct subnet subnet[FAMILIES];
	struct address address[FAMILIES]; /* the container's own; none: it has none there */
	unsigned char hardware[6]; /* of the container's end of the pair */
	/*
	 * Where the container sends what is not for the subnet: the bridge's address or another
	 * router. none: there is no default route by this network. Networks that are no bridges
	 * have none; on Linux the host's own address on the link takes its place.
	 */
	struct address gateway[FAMILIES];
	/*
	 * Its network leads nowhere: another of the container's endpoints is to have the default
	 * route, if there is one. Of those that may have it, the first in the list gets it, and
	 * another takes over when that is disconnected.
	 */
	bool internal;
	bool icc; /* its network's containers reach each other */
};

/* The address of LINK_SUBNET_… that the host has for an instance's containers (net/address.h). */
struct address endpoint_link(const char *instance, enum family_index family);

/* The name that the host's end has: "kl" and the endpoint's id. So it is found again. */
void endpoint_interface(const char *id, char name[INTERFACE_MAX]);

/* A hardware address made of two texts: locally administered, the same each time. */
void hardware_of(const char *first, const char *second, unsigned char hardware[6]);

/*
 * That of a container's end, made of its network's id and its address there (of IPv4, if it has
 * one): whoever gets the address next has this one, too, so that neighbours who remember it find
 * them at once.
 */
void endpoint_hardware(
	const char *network_id, const struct address address[FAMILIES], unsigned char hardware[6]);

/*
 * One made of an id. Linux: the bridge of a network has it; and so have endpoints of containers
 * that were started before endpoint_hardware was as it is (store_network.h).
 */
void id_hardware(const char *id, unsigned char hardware[6]);

/* True if it is a name that endpoint_interface makes; id (may be NULL) is set then. */
bool endpoint_interface_id(const char *name, char id[ID_LEN + 1]);

#endif
