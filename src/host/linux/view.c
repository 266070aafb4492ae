/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's interfaces, addresses and routes: the first part of host/network.h. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host/linux/links.h"
#include "host/linux/network_impl.h"
#include "host/network.h"

struct default_route {
	int index; /* 0: none */
	unsigned int metric;
};

struct reading {
	struct host_view *view;
	struct {
		int index;
		char name[INTERFACE_MAX];
	} * links;
	size_t nlinks;
	struct default_route gateway[FAMILIES];
};

/* ---- taking messages apart ---- */

#define ATTRIBUTES (RTA_MAX > IFA_MAX ? RTA_MAX : IFA_MAX)

struct attributes {
	const struct nlattr *v[ATTRIBUTES + 1];
};

static int take_attribute(const struct nlattr *attr, void *arg)
{
	struct attributes *all = arg;

	if (mnl_attr_get_type(attr) <= ATTRIBUTES)
		all->v[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static struct address read_address(int family, const struct nlattr *attr)
{
	const unsigned char *bytes = mnl_attr_get_payload(attr);
	struct address a = {.family = family};

	for (size_t i = 0; i < mnl_attr_get_payload_len(attr) && i < 16; i++)
		a.value = a.value << 8 | bytes[i];
	return a;
}

static bool is_link_local(const struct address *a)
{
	return a->family == AF_INET6 && a->value >> 118 == 0x3fa; /* fe80::/10 */
}

/* On a link with a container, of whatever daemon. */
static bool is_own_link(const struct address *a)
{
	struct error ignored;
	struct subnet s;

	return subnet_parse(a->family == AF_INET ? LINK_SUBNET_IPV4 : LINK_SUBNET_IPV6, a->family,
		       &s, &ignored) == 0 &&
	       subnet_contains(&s, a);
}

static bool is_multicast(const struct address *a)
{
	return a->family == AF_INET6 && a->value >> 120 == 0xff;
}

/* ---- lists ---- */

static const char *link_name(const struct reading *r, int index)
{
	for (size_t i = 0; i < r->nlinks; i++)
		if (r->links[i].index == index)
			return r->links[i].name;
	return NULL;
}

static void forget_links(void *arg)
{
	struct reading *r = arg;

	r->nlinks = 0;
	strings_free(&r->view->interfaces);
}

static int take_name(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == IFLA_IFNAME)
		*(const char **)arg = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static void take_link(const struct nlmsghdr *m, void *arg)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(m);
	struct reading *r = arg;
	const char *name = "";

	mnl_attr_parse(m, sizeof(*header), take_name, &name);
	/* the list of links, by which the others are named, grows in powers of two */
	if ((r->nlinks & (r->nlinks - 1)) == 0)
		r->links =
			xrealloc(r->links, (r->nlinks > 0 ? 2 * r->nlinks : 1) * sizeof(*r->links));
	r->links[r->nlinks].index = header->ifi_index;
	snprintf(r->links[r->nlinks].name, INTERFACE_MAX, "%s", name);
	r->nlinks++;
	strings_add(&r->view->interfaces, name);
}

static void forget_addresses(void *arg)
{
	struct reading *r = arg;

	r->view->naddresses = 0;
}

static void take_address(const struct nlmsghdr *m, void *arg)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(m);
	struct attributes attributes = {0};
	struct reading *r = arg;
	struct host_view *v = r->view;
	const char *name = link_name(r, (int)header->ifa_index);
	const struct nlattr *attr;
	struct address a;

	mnl_attr_parse(m, sizeof(*header), take_attribute, &attributes);
	/* what pairs have, IPv4 calls local; IPv6 has it only where there is another end */
	attr = attributes.v[IFA_LOCAL] ? attributes.v[IFA_LOCAL] : attributes.v[IFA_ADDRESS];
	if (name == NULL || attr == NULL || endpoint_interface_id(name, NULL))
		return;
	a = read_address(header->ifa_family, attr);
	if (is_link_local(&a) || is_own_link(&a))
		return;
	v->addresses = xrealloc(v->addresses, (v->naddresses + 1) * sizeof(*v->addresses));
	v->addresses[v->naddresses] = (struct host_address){.address = a};
	snprintf(v->addresses[v->naddresses++].interface, INTERFACE_MAX, "%s", name);
}

static void forget_routes(void *arg)
{
	struct reading *r = arg;

	r->view->nroutes = 0;
	memset(r->gateway, 0, sizeof(r->gateway));
}

/* The interface that a route leads to, of several the first. */
static int route_interface(const struct attributes *attributes)
{
	const struct nlattr *several = attributes->v[RTA_MULTIPATH];

	if (attributes->v[RTA_OIF] != NULL)
		return (int)mnl_attr_get_u32(attributes->v[RTA_OIF]);
	if (several != NULL && mnl_attr_get_payload_len(several) >= sizeof(struct rtnexthop))
		return ((const struct rtnexthop *)mnl_attr_get_payload(several))->rtnh_ifindex;
	return 0;
}

static void take_default(
	struct reading *r, enum family_index family, int index, const struct attributes *attributes)
{
	unsigned int metric = attributes->v[RTA_PRIORITY] != NULL
				      ? mnl_attr_get_u32(attributes->v[RTA_PRIORITY])
				      : 0;
	struct default_route *d = &r->gateway[family];

	if (index != 0 && (d->index == 0 || metric < d->metric))
		*d = (struct default_route){index, metric};
}

static void take_route(const struct nlmsghdr *m, void *arg)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(m);
	struct attributes attributes = {0};
	struct reading *r = arg;
	struct host_view *v = r->view;
	const char *name;
	struct address a;
	int index;

	if (header->rtm_type != RTN_UNICAST || header->rtm_table != RT_TABLE_MAIN ||
		(header->rtm_flags & RTM_F_CLONED) != 0)
		return;
	mnl_attr_parse(m, sizeof(*header), take_attribute, &attributes);
	index = route_interface(&attributes);
	if (header->rtm_dst_len == 0) {
		take_default(r, family_index(header->rtm_family), index, &attributes);
		return;
	}
	name = link_name(r, index);
	/* a route to a container, which may be about to go */
	if (name == NULL || attributes.v[RTA_DST] == NULL || endpoint_interface_id(name, NULL))
		return;
	a = read_address(header->rtm_family, attributes.v[RTA_DST]);
	if (is_link_local(&a) || is_multicast(&a))
		return;
	v->routes = xrealloc(v->routes, (v->nroutes + 1) * sizeof(*v->routes));
	v->routes[v->nroutes] =
		(struct host_route){.to = {.base = a, .prefix = header->rtm_dst_len},
			.own = header->rtm_protocol == RTPROT_KERNEL};
	snprintf(v->routes[v->nroutes++].interface, INTERFACE_MAX, "%s", name);
}

/* ---- reading ---- */

static int list(int fd, uint16_t type, size_t header, const struct netlink_reader *reader,
	struct error *err)
{
	char data[256];
	struct nlmsghdr *m = mnl_nlmsg_put_header(data);

	m->nlmsg_type = type;
	m->nlmsg_flags = NLM_F_DUMP;
	memset(mnl_nlmsg_put_extra_header(m, header), 0, header);
	if (type == RTM_GETLINK)
		mnl_attr_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_ask(fd, m, "list the host's interfaces, addresses and routes", reader, err);
}

static int read_all(int fd, struct reading *r, struct error *err)
{
	const struct netlink_reader links = {forget_links, take_link, r},
				    addresses = {forget_addresses, take_address, r},
				    routes = {forget_routes, take_route, r};

	if (list(fd, RTM_GETLINK, sizeof(struct ifinfomsg), &links, err) != 0 ||
		list(fd, RTM_GETADDR, sizeof(struct ifaddrmsg), &addresses, err) != 0)
		return -1;
	return list(fd, RTM_GETROUTE, sizeof(struct rtmsg), &routes, err);
}

int host_view_read(struct host *h, struct host_view *view, struct error *err)
{
	struct reading r = {.view = view};
	AUTO_CLOSE int fd = -1;
	int result;

	*view = (struct host_view){0};
	fd = netlink_open(NETLINK_ROUTE, err);
	if (fd < 0)
		return -1;
	result = read_all(fd, &r, err);
	for (int i = 0; i < FAMILIES && result == 0 && view->gateway[0] == '\0'; i++) {
		const char *name = link_name(&r, r.gateway[i].index);

		if (name != NULL)
			memcpy(view->gateway, name, strlen(name) + 1);
	}
	free(r.links);
	if (result != 0)
		host_view_free(view);
	return result;
}

void host_view_free(struct host_view *view)
{
	strings_free(&view->interfaces);
	free(view->addresses);
	free(view->routes);
	*view = (struct host_view){0};
}

/* ---- watching ---- */

int host_view_watch(struct host *h, struct error *err)
{
	const int groups[] = {
		RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
	const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, err);

	if (fd < 0)
		return -1;
	/* one without an address of its own would count as the kernel, which hears nothing */
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) != 0)
		return error_errno(err, errno, "cannot watch the host's addresses");
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			    sizeof(groups[i])) != 0)
			return error_errno(err, errno, "cannot watch the host's addresses");
	return take_fd(&fd);
}

static bool address_counts(const struct nlmsghdr *m)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(m);
	struct attributes attributes = {0};
	struct address a;

	mnl_attr_parse(m, sizeof(*header), take_attribute, &attributes);
	if (attributes.v[IFA_ADDRESS] == NULL)
		return false;
	a = read_address(header->ifa_family, attributes.v[IFA_ADDRESS]);
	return !is_link_local(&a) && !is_own_link(&a);
}

static bool counts(const struct nlmsghdr *m)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(m);

	if (m->nlmsg_type == RTM_NEWADDR || m->nlmsg_type == RTM_DELADDR)
		return address_counts(m);
	return route->rtm_dst_len == 0 && route->rtm_table == RT_TABLE_MAIN;
}

bool host_view_changed(int watch)
{
	bool changed = false;
	char data[8192];
	ssize_t n;

	while ((n = recv(watch, data, sizeof(data), MSG_DONTWAIT)) != 0) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)(void *)data;
		int left = (int)n;

		if (n < 0 && errno == ENOBUFS) {
			changed = true; /* there was more to tell than it keeps */
			continue;
		}
		if (n < 0)
			break;
		for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left))
			changed |= m->nlmsg_type >= RTM_BASE && counts(m);
	}
	return changed;
}
