/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's networks, endpoints and published ports. As for other objects (store.h), states are
 * creating, ready and removing, and all functions may be called from any thread.
 *
 * An endpoint is a container's place in a network, and its row is what reserves its addresses: they
 * are free again when the row is dropped, not before. What is free of a network is kept as ranges,
 * so that finding, taking and giving back an address costs the same in a full /8 as in an empty
 * /29.
 */
#ifndef STORE_STORE_NETWORK_H
#define STORE_STORE_NETWORK_H

#include "base/mem.h"
#include "net/port.h"
#include "net/settings.h"
#include "store/store.h"

struct network {
	char id[ID_LEN + 1];
	char *name; /* "" once it is being removed */
	char interface[INTERFACE_MAX]; /* kleeneN, or as the configuration names it */
	char *created;
	enum object_state state;
	json_t *config; /* NetworkConfig as it was asked for */
	struct network_settings settings; /* what it says; read only */
	bool broken; /* its configuration cannot be read, and is empty here */
};

#define ALIASES_MAX 512 /* bytes, with blanks and the NUL */

struct network_endpoint {
	char id[ID_LEN + 1];
	char network_id[ID_LEN + 1], container_id[ID_LEN + 1];
	enum object_state state;
	struct address address[FAMILIES]; /* of family AF_UNSPEC: none */
	char aliases[ALIASES_MAX]; /* further names of the container there, with blanks between */
	/*
	 * Its hardware address is endpoint_hardware's. One that was made before there was that has
	 * id_hardware's until its container starts again: it may run.
	 */
	bool by_address;
};

/* Which address a container is to get. */
struct address_wish {
	enum { WISH_ANY, WISH_NONE, WISH_GIVEN } kind; /* any: if the network has that family */
	struct address address; /* the one, for WISH_GIVEN */
};

/* ---- networks ---- */

/*
 * Inserts the network that n's id, name, created and config describe, in state creating, and fills
 * in settings, interface and state. Networks get the interface kleeneN with the lowest N that is
 * neither in the store nor in host_interfaces, unless the configuration names one: a custom network
 * uses that, for others it must be in neither. ERROR_INVALID: the configuration is wrong.
 * ERROR_CONFLICT: the name is taken, or a subnet overlaps another network's, which is named.
 */
int store_add_network(struct store *s, struct network *n, const struct strings *host_interfaces,
	struct error *err);

/* Whether no network has an address of the subnet. */
int store_subnet_is_free(
	struct store *s, const struct subnet *subnet, bool *is_free, struct error *err);

/* Takes an address that somebody else has from those that the network's containers can get. */
int store_reserve_address(
	struct store *s, const char *network_id, const struct address *a, struct error *err);

/*
 * Gives a network whose interface is a kleeneN another one, as store_add_network would, in *n too:
 * somebody else has taken that name. ERROR_CONFLICT: the configuration names the interface.
 */
int store_move_network(struct store *s, struct network *n, const struct strings *host_interfaces,
	struct error *err);

int store_network_ready(struct store *s, const char *id, struct error *err);

/*
 * Marks a ready network for removal: nothing can be connected to it any more. ERROR_NOT_FOUND.
 * unused: only if no container is connected to it, else ERROR_CONFLICT, which names them.
 */
int store_removing_network(struct store *s, const char *id, bool unused, struct error *err);

/* Forgets a network that has no endpoints any more; ERROR_CONFLICT if it has. */
int store_drop_network(struct store *s, const char *id, struct error *err);

/* As store_find_container, store_get_container and store_list_containers. */
int store_find_network(struct store *s, const char *ref, char id[ID_LEN + 1], struct error *err);
int store_get_network(struct store *s, const char *id, struct network *n, struct error *err);
int store_get_any_network(/* a broken one, too */
	struct store *s, const char *id, struct network *n, struct error *err);
int store_list_networks(struct store *s, enum object_state state, struct network **list, size_t *n,
	struct error *err);
void network_free(struct network *n);
void network_list_free(struct network *list, size_t n);

/* ---- endpoints ---- */

/*
 * Inserts an endpoint of the given id in state creating and reserves its addresses, which are left
 * in *e. Whether the container's driver may join is the caller's question (net/driver.h).
 * ERROR_NOT_FOUND: no such ready network, or no such container. ERROR_CONFLICT: it is connected
 * already, or a wish cannot be met: the address is taken, outside the subnet, the network's, the
 * broadcast or the gateway address, the network has no such family, or no address is left.
 */
int store_add_endpoint(struct store *s, const char *id, const char *network_id,
	const char *container_id, const struct address_wish wish[FAMILIES], const char *aliases,
	struct network_endpoint *e, struct error *err);
/* The container's endpoints have the hardware addresses that new ones have (by_address). */
int store_renew_hardware(struct store *s, const char *container_id, struct error *err);

int store_endpoint_ready(struct store *s, const char *id, struct error *err);
int store_removing_endpoint(struct store *s, const char *id, struct error *err);

/* Forgets an endpoint of which nothing is left on the host; its addresses are free again. */
int store_drop_endpoint(struct store *s, const char *id, struct error *err);

/* Reads the endpoint of a container in a network, in any state. ERROR_NOT_FOUND names both. */
int store_find_endpoint(struct store *s, const char *network_id, const char *container_id,
	struct network_endpoint *e, struct error *err);

/*
 * Reads the endpoints, in any state, of a network, of a container, of both or (both NULL) all, in
 * the order in which they were made. The list is the caller's to free.
 */
int store_list_endpoints(struct store *s, const char *network_id, const char *container_id,
	struct network_endpoint **list, size_t *n, struct error *err);

/* ---- published ports ---- */

/*
 * Makes these the published ports of a container, in place of those it had; with n 0 it has none.
 * families: which it publishes on, a bit 1 << IPV4 or 1 << IPV6 each. ERROR_CONFLICT if another
 * container has one of them at the same place, protocol and family, which is named, or if one
 * is twice in the list. An open port that it has had keeps its number. They go with the container.
 */
int store_publish(struct store *s, const char *container_id, const struct published_port *ports,
	size_t n, unsigned int families, struct error *err);

/* Notes the numbers that open ports among these have; those of ports that it has not are left out.
 */
int store_choose_ports(struct store *s, const char *container_id,
	const struct published_port *ports, size_t n, struct error *err);

/*
 * Reads the published ports of a container, or (NULL) all, each once. Open ones have the number
 * that was noted last, or 0. The list is the caller's.
 */
int store_list_ports(struct store *s, const char *container_id, struct published_port **list,
	size_t *n, struct error *err);

#endif
