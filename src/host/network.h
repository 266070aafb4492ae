/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Networks and endpoints as the host makes them: interfaces, addresses, routes.
 *
 *              FreeBSD                                 Linux
 *   loopback   lo(4), the containers' addresses        a bridge without ports; a veth(4) for each
 *              are aliases of it                       endpoint, with a route to its address
 *   bridge     if_bridge(4); vnet: epair(4), ipnet:    a bridge; each endpoint's veth is a port
 *              aliases of the bridge
 *   custom     aliases of the interface                as loopback, and the host answers for the
 *                                                      address on the interface (proxy ARP, NDP)
 *
 * What is made bears the daemon's instance (Linux: ip-link(8)'s alias; FreeBSD: ifconfig(8)'s
 * description), and nothing without it is touched. All functions may be called from any thread, and
 * do not wait for each other; what concerns one network or one container is the caller's to order.
 */
#ifndef HOST_NETWORK_H
#define HOST_NETWORK_H

#include "base/mem.h"
#include "host/endpoint.h"

struct host; /* host/process.h */

/* ---- the host as it is ---- */

struct host_address {
	char interface[INTERFACE_MAX];
	struct address address;
};

struct host_route {
	char interface[INTERFACE_MAX];
	struct subnet to;
	/* the subnet of an address of the interface's; else somebody has set the route */
	bool own;
};

struct host_view {
	struct strings interfaces;
	/*
	 * Of all interfaces but endpoints', without link-local ones of IPv6, which mean nothing
	 * without a link, and those on links with containers.
	 */
	struct host_address *addresses;
	size_t naddresses;
	/*
	 * What the main table leads to by an interface, without default routes, link-local ones and
	 * those of endpoints.
	 */
	struct host_route *routes;
	size_t nroutes;
	/* the interface of the default route, that of IPv4 before that of IPv6; "": there is none
	 */
	char gateway[INTERFACE_MAX];
};

/* Reads it: rtnetlink(7); getifaddrs(3) and sysctl(3) NET_RT_DUMP, route(4). */
int host_view_read(struct host *h, struct host_view *view, struct error *err);
void host_view_free(struct host_view *view);

/*
 * A descriptor that polls readable when addresses or default routes of the host's may have changed:
 * rtnetlink(7), route(4). The caller closes it.
 */
int host_view_watch(struct host *h, struct error *err);

/*
 * Reads all that the descriptor has to say. True if the view may be another than before; what
 * comes of our own endpoints does not count.
 */
bool host_view_changed(int watch);

/* ---- networks ---- */

/* A network as the host sees it. */
struct network_link {
	char id[ID_LEN + 1];
	char interface[INTERFACE_MAX]; /* kleeneN, or the one of a custom network */
	enum network_type type;
	struct subnet subnet[FAMILIES];
	struct address gateway[FAMILIES]; /* which the interface is to have; none: it has none */
};

/*
 * Makes the network's interface, its addresses, and what the host must be told for it, as far as
 * that is not there: after a crash or a reboot this is what brings a network back. Custom networks:
 * looks whether the interface is there, ERROR_NOT_FOUND if not. ERROR_CONFLICT: an interface of
 * that name is not ours. On failure nothing new is left.
 */
int network_make(struct host *h, const struct network_link *n, struct error *err);

/* Removes it again, whatever there is of it; its endpoints are gone before. */
int network_unmake(struct host *h, const struct network_link *n, struct error *err);

/*
 * The addresses of the host's where containers of the network find the daemon's resolver; none: it
 * has none there. Those of networks that are no bridges may not be there before a container is.
 */
void network_resolver(struct host *h, const struct network_link *n, struct address to[FAMILIES]);

/*
 * Makes the host forward packets of these families (sysctl(8) net.ipv4.ip_forward,
 * net.ipv6.conf.all.forwarding; net.inet.ip.forwarding, net.inet6.ip6.forwarding) and says so in
 * the log if it did not. What it was before is kept in <run_dir>/settings, which a reboot
 * removes as it does the setting.
 */
int network_forward(struct host *h, const bool families[FAMILIES], struct error *err);

/*
 * Puts back what network_make, network_forward and endpoints have set and nobody has changed since:
 * the last network is gone. It stays if another instance has networks.
 */
void network_restore(struct host *h);

/*
 * For ports published on the host's loopback addresses: lets packets from those out to the
 * endpoint, which is there, and replies in. Linux: net.ipv4.conf.*.route_localnet of the interface,
 * and, but for bridges, a local route to ::1 by it, which goes with it; FreeBSD: nothing.
 */
int network_allow_loopback(struct host *h, const struct jail_endpoint *e, struct error *err);

/* ---- endpoints ---- */

/*
 * Whether containers with this driver are reached by interfaces of their own on the host: on Linux
 * all that join networks, on FreeBSD those of vnet.
 */
bool endpoint_has_interface(enum network_driver driver);

/*
 * A container's endpoints are made by warden_spawn (host/process.h) from jail_config.endpoints:
 * Linux inside the container's network namespace before the warden's program is executed; FreeBSD
 * before the warden is started (aliases, epairs), the rest by the warden in jail_create (ip4.addr,
 * ip6.addr; SIOCSIFVNET, addresses and routes inside). If an endpoint of that id is there already,
 * be it that of the last run, which the host is still removing, it is replaced.
 */

/*
 * Connects and disconnects a running container. number: as runtime.h has it, the jail's or the
 * warden's process id. all: its endpoints as they will be, the new one among them, or without the
 * one that goes. ERROR_NOT_FOUND: the container has just ended. On failure of endpoint_connect
 * nothing new is left. endpoint_disconnect succeeds if it was not there.
 */
int endpoint_connect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err);
int endpoint_disconnect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err);

/*
 * The container has ended, or its start has failed: removes what of the endpoint does not go by
 * itself. Does not wait for the kernel; errors are logged. Linux: entries of proxy ARP and NDP
 * (the veth goes with the namespace); FreeBSD: aliases, epairs.
 */
void endpoint_release(struct host *h, const struct jail_endpoint *e);

/*
 * At the daemon's start: removes endpoints' interfaces of this instance that are not in the list
 * (of names as in jail_endpoint.interface), and says so in the log.
 */
void endpoints_sweep(struct host *h, const struct strings *known);

#endif
