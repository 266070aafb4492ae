/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of rtnetlink(7) that networks are made of. Each is appended to a batch; interfaces are
 * named where the kernel takes names, else given by their index.
 */
#ifndef HOST_LINUX_LINKS_H
#define HOST_LINUX_LINKS_H

#include "host/endpoint.h"
#include "host/linux/netlink.h"

/* An interface that is there. */
struct link {
	int index; /* 0: there is none */
	bool ours; /* it bears the instance's mark */
	bool marked; /* it bears some alias */
	bool ethernet;
	unsigned char hardware[6];
};

/* Whether ip-link(8)'s alias marks an interface as some instance's of kleened, or as this one's. */
bool link_is_marked(const char *alias);
bool link_is_of(const char *alias, const char *instance);

/* Finds an interface by its name. instance: what would make it ours; NULL: not asked. */
int link_find(int fd, const char *name, const char *instance, struct link *to, struct error *err);

/*
 * Whether an interface is ours: by its mark, or, before it has got one, by its hardware address.
 * The kernel takes no alias when it makes an interface, but a hardware address: so the host's end
 * of a pair is known by one that is made of the instance and the endpoint's id (hardware_of), and
 * bridges by that of their network's id, whenever the daemon was killed.
 */
bool link_is_ours(const struct link *link, const unsigned char hardware[6]);

/* A bridge; it fails if there is an interface of that name. */
void link_add_bridge(struct batch *b, const char *name, const unsigned char hardware[6]);

/*
 * A pair: name in the socket's namespace, with the hardware address own, peer in that of the
 * descriptor ns.
 */
void link_add_pair(struct batch *b, const char *name, const unsigned char own[6], const char *peer,
	const unsigned char hardware[6], int ns);

/*
 * Marks it as the instance's (NULL: no mark) and keeps the kernel from giving it an IPv6 address of
 * its own; before it is up.
 */
void link_prepare(struct batch *b, const char *name, const char *instance);

/* Makes it a port of the bridge with that index, whose packets may go back where they came from. */
void link_join(struct batch *b, const char *name, int bridge);

void link_up(struct batch *b, const char *name);
void link_delete(struct batch *b, const char *name);

/* Adds an address, unless it is there, that can be used at once (no duplicate detection). */
void link_add_address(struct batch *b, int index, const struct address *a, unsigned int prefix);

/*
 * Gives an interface of ours a link-local address. The kernel's own would not be there for a second
 * or two, and until then it does not look for neighbours on behalf of others.
 */
void link_add_local(struct batch *b, int index);

struct route {
	struct subnet to; /* of its family; prefix 0: the default route */
	struct address via; /* none: directly */
	int index; /* of the interface */
	unsigned int metric; /* 0: the kernel's choice */
	unsigned int table; /* 0: main */
};

/* Adds a route or replaces the one with the same destination and metric. */
void link_add_route(struct batch *b, const struct route *r);

/*
 * What comes in by the interface for ::1 is the host's, where the kernel lets it; the route by lo
 * comes first.
 */
void link_add_loopback(struct batch *b, int index);

/* What comes from the address is looked up in the table, before the main one. */
void link_add_rule(struct batch *b, const struct address *from, unsigned int table);

/* The host answers for the address on the interface: proxy ARP and NDP. */
void link_add_proxy(struct batch *b, int index, const struct address *a);
void link_delete_proxy(struct batch *b, int index, const struct address *a);

/* What the host remembers of the station that has the address, if anything, counts no more. */
void link_forget_neighbour(struct batch *b, int index, const struct address *a);

#endif
