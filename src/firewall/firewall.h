/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host's firewall is to do for the networks, as a model that says nothing of how, and its
 * renderings: for nftables (nft.c) and for pf (pf.c). Pure: text is made, nothing is loaded.
 *
 * The rules:
 * - containers of one network reach each other if the network says so (icc), those of different
 *   networks do not;
 * - containers reach the outside, with the address of the NAT interface when they leave through it;
 * - from outside, from other networks and from the host, published ports of the host's addresses
 *   lead to containers; nothing else from outside or from another network reaches one;
 * - containers of an internal network reach each other and the network's own gateway alone, and
 *   what they publish is not there;
 * - a container sends from its own addresses alone, behind a bridge also from its own hardware
 *   address (where there is one), and speaks as a neighbour for those alone; nobody else sends
 *   from them; this is asked before anything else, be the connection known or not;
 * - what concerns no network of ours is left to others.
 */
#ifndef FIREWALL_H
#define FIREWALL_H

#include "base/mem.h"
#include "net/port.h"

#define INSTANCE_MAX 32 /* with the NUL */

struct firewall_network {
	char id[ID_LEN + 1];
	char interface[INTERFACE_MAX];
	enum network_type type;
	struct subnet subnet[FAMILIES];
	struct address gateway[FAMILIES]; /* which the host has; none: another router, or none */
	char nat_interface[INTERFACE_MAX]; /* "": addresses stay as they are */
	bool icc, internal;
};

struct firewall_endpoint {
	char network_id[ID_LEN + 1], container_id[ID_LEN + 1];
	struct address address[FAMILIES];
	/* the host's end of the pair that leads to the container, "": there is none */
	char interface[INTERFACE_MAX];
	unsigned char hardware[6]; /* of the container's end; all 0: it is not known */
};

/* An address of the host's on one of its interfaces. */
struct firewall_host_address {
	char interface[INTERFACE_MAX];
	struct address address;
	bool network; /* it is a network's, as the gateway of a bridge: no port of "all addresses"
		       */
};

/* All lists are the caller's; endpoints of networks that are not there are left out. */
struct firewall {
	const char *instance; /* what our tables are called: a letter, letters, digits, '_' */
	const struct firewall_network *networks;
	size_t nnetworks;
	const struct firewall_endpoint *endpoints;
	size_t nendpoints;
	const struct published_port *ports;
	size_t nports;
	const struct firewall_host_address *host; /* needed of interfaces with published ports */
	size_t nhost;
};

/* The network with that id, or NULL. */
const struct firewall_network *firewall_network(const struct firewall *fw, const char *id);

/*
 * Where a container's published ports lead: to its first endpoint with an address of the family
 * in a network that is not internal. NULL: nowhere.
 */
const struct firewall_endpoint *firewall_target(
	const struct firewall *fw, const char *container_id, enum family_index family);

/* Whether the port is published at the address: it is the place, or of the interface that is. */
bool firewall_is_at(const struct published_port *p, const struct firewall_host_address *h);

/*
 * Whether what is for the published port at an address of the host's goes to its container: it does
 * at those of the port's place, if the container has somewhere to receive it and the port is known.
 */
bool firewall_redirects(const struct firewall *fw, const struct published_port *p,
	const struct firewall_host_address *h);

/* ---- nftables ---- */

/*
 * Appends the transaction that makes the whole ruleset of the instance, whatever there is of it,
 * in its tables inet and bridge. The chain "admin", through which all that is forwarded goes
 * first, is made if it is missing and otherwise left alone. ERROR_INVALID: a bad instance name.
 */
int firewall_nft_all(const struct firewall *fw, struct buffer *out, struct error *err);

/*
 * Appends the transaction that leads from one model to another, which is elements of sets and maps
 * alone; nothing if there is no difference. Both need hold only what has to do with the change: for
 * an endpoint its network, the other endpoints of its container, the container's ports and the
 * host's addresses. If loading it fails, the ruleset is not what we think: load the whole.
 */
void firewall_nft_change(
	const struct firewall *before, const struct firewall *after, struct buffer *out);

/*
 * Appends the transaction that removes all that is ours, whatever there is of it; keep_admin: but
 * for the chain "admin", as there are rules in it.
 */
void firewall_nft_remove(const char *instance, bool keep_admin, struct buffer *out);

/* ---- pf ---- */

/* The interface group, ifconfig(8), that the host's ends of pairs to containers are members of. */
#define FIREWALL_PF_GROUP "kleene"

/*
 * What the host's own connections to published ports seem to come from: addresses that are nobody's
 * (RFC 7600, RFC 6666). The host has routes to them by lo0.
 */
#define FIREWALL_PF_SENDER4 "192.0.0.8"
#define FIREWALL_PF_SENDER6 "100::8"

/*
 * Appends the administrator's template with our rules at the marks <%= kleene_macros %>,
 * <%= kleene_translation %> and <%= kleene_filtering %>, pf.conf(5). ERROR_INVALID: a mark is
 * missing, out of order or there twice, or there is an unknown one, which the message names with
 * its line.
 */
int firewall_pf_render(
	const struct firewall *fw, const char *template, struct buffer *out, struct error *err);

#endif
