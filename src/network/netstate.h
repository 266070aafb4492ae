/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What networks are like now: those that are made, the containers in them that run, and the host's
 * own addresses. It is the model that the packet filter has, and is kept the same as that: each
 * change here is one there. The store says what is to be; this says what is.
 *
 * A thread of its own sees to it that the rules follow the host's addresses. All functions may be
 * called from any thread.
 */
#ifndef NETWORK_NETSTATE_H
#define NETWORK_NETSTATE_H

#include "firewall/firewall.h"
#include "host/network.h"
#include "store/store_network.h"

struct daemon;
struct netstate;

/* Further names of a container in one network, as network_endpoint has them. */
struct net_aliases {
	char text[ALIASES_MAX];
};

/* A container that runs, as networks see it. */
struct net_member {
	char id[ID_LEN + 1];
	char *name;
	struct firewall_endpoint *endpoints; /* networks that lead outside come first */
	struct jail_endpoint *places; /* the same, as the host has them */
	struct net_aliases *aliases; /* and what they are called beside the container's name */
	size_t nendpoints;
	struct published_port *ports;
	size_t nports;
};

void net_member_free(struct net_member *m);

/* Nothing is in it and nothing is done to the host before netstate_load. */
struct netstate *netstate_new(struct daemon *d, struct error *err);

/* Stops watching. The rules stay as they are. */
void netstate_free(struct netstate *s);

/*
 * At start: takes over networks and members, which are all there are, and makes the rules anew. If
 * there are no networks, those of an earlier daemon are removed. The lists stay the caller's.
 */
int netstate_load(struct netstate *s, const struct network *networks, size_t nnetworks,
	const struct net_member *members, size_t nmembers, struct error *err);

/* Adds a network that has been made. On failure it is not there. */
int netstate_add(struct netstate *s, const struct network *n, struct error *err);

/* Notes whether the network's interface is missing, as it could not be made; and asks. */
void netstate_set_missing(struct netstate *s, const char *id, bool missing);
bool netstate_is_missing(struct netstate *s, const char *id);

/* Removes one that has no members. When the last has gone, so has everything of ours. */
int netstate_remove(struct netstate *s, const char *id, struct error *err);

/*
 * Puts a copy of a member in the place of what was known of the container; without endpoints: it is
 * none any more. Its published ports are held (port_holds.h) before anything is redirected, and
 * until nothing is. If it fails, things are as they were before; ERROR_CONFLICT: a process of the
 * host's has a port, and is named.
 */
int netstate_put(struct netstate *s, const struct net_member *m, struct error *err);

/*
 * Its container has ended: the member goes at once, what the host has of it is released, and the
 * filter hears of it soon, in any case before anything else changes there.
 */
void netstate_drop(struct netstate *s, const char *id);

/*
 * Returns when nothing is redirected to the container any more, and its ports are free, if it has
 * ended: it was dropped.
 */
void netstate_settle(struct netstate *s, const char *id);

/*
 * A member that is not there yet and whose containers share the host's addresses (FreeBSD's ipnet)
 * must find the ports free that it publishes, or a process of the host's would answer in its place.
 * ERROR_CONFLICT names it.
 */
int netstate_try_ports(struct netstate *s, const struct net_member *m, struct error *err);

/*
 * Chooses numbers for the member's open ports, anew or where there are none yet, and holds them;
 * netstate_put keeps or releases that, or netstate_put_back does. A port of a container has one
 * number at all places. ERROR_CONFLICT: none was found.
 */
int netstate_choose_ports(struct netstate *s, struct net_member *m, bool anew, struct error *err);
void netstate_put_back(struct netstate *s, const struct net_member *m);

/* A running container has another name. */
void netstate_rename(struct netstate *s, const char *id, const char *name);

/* ---- asking ---- */

/* The host's gateway interface; false if there is none. */
bool netstate_gateway(struct netstate *s, char name[INTERFACE_MAX], struct error *err);

/* Whether the host has an interface of that name. -1: it cannot be told. */
int netstate_has_interface(struct netstate *s, const char *name, struct error *err);

/* Whether it has the address; all of a family (0.0.0.0, ::), 127.0.0.1 and ::1 it has. As above. */
int netstate_has_address(struct netstate *s, const struct address *a, struct error *err);

/* Whether the port is published at a loopback address, be it among others. */
bool netstate_is_on_loopback(struct netstate *s, const struct published_port *p);

/* The rest is what the resolver asks (network/netnames.c). */

/* The id of the container that has the address and runs; false if none has. */
bool netstate_owner(struct netstate *s, const struct address *a, char id[ID_LEN + 1]);

/*
 * The addresses of the running container called that (name or id) in networks that the one with
 * that id is in, or, if none is, of those that have it for an alias there; false if there is no
 * such container. *list is the caller's to free.
 */
bool netstate_find(
	struct netstate *s, const char *from, const char *name, struct address **list, size_t *n);

/* The name of who has the address in a network of the one with that id; the caller's. Or NULL. */
char *netstate_name(struct netstate *s, const char *from, const struct address *a);

/* Whether the container runs, and is in a network. */
bool netstate_has_member(struct netstate *s, const char *id);

/* Whether the container has a network that is not internal. */
bool netstate_has_outside(struct netstate *s, const char *id);

#endif
