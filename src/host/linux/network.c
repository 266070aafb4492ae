/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks' interfaces: the second part of host/network.h. */
#include "host/network.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "base/log.h"
#include "host/linux/network_impl.h"

static const char *const forwarding[FAMILIES] = {
	"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"};

/* ---- making ---- */

static int check_custom(int fd, const struct network_link *n, struct error *err)
{
	struct link link;

	if (link_find(fd, n->interface, NULL, &link, err) != 0)
		return -1;
	if (link.index == 0)
		return error_set(
			err, ERROR_NOT_FOUND, "the host has no interface '%s'", n->interface);
	return 0;
}

/* Makes the bridge unless there is one of ours; *made says whether. */
static int make_bridge(
	struct host *h, int fd, const struct network_link *n, bool *made, struct error *err)
{
	unsigned char hardware[6];
	struct link link;
	struct batch b;

	id_hardware(n->id, hardware);
	batch_init(&b);
	link_add_bridge(&b, n->interface, hardware);
	*made = batch_run(&b, fd, err) == 0;
	if (*made)
		return 0;
	if (err->code != EEXIST)
		return error_prefix(err, "interface %s", n->interface);
	if (link_find(fd, n->interface, h->instance, &link, err) != 0)
		return -1;
	if (link_is_ours(&link, hardware))
		return 0;
	return error_set(err, ERROR_CONFLICT, "the host has an interface '%s' that is not ours",
		n->interface);
}

/* Marks it, brings it up, gives it its addresses and, where it has none, the way to its subnets. */
static int configure(struct host *h, int fd, const struct network_link *n, struct error *err)
{
	struct address own;
	struct link link;
	struct batch b;

	batch_init(&b);
	link_prepare(&b, n->interface, h->instance);
	link_up(&b, n->interface);
	if (batch_run(&b, fd, err) != 0 ||
		link_find(fd, n->interface, h->instance, &link, err) != 0)
		return -1;
	for (int i = 0; i < FAMILIES; i++) {
		const struct subnet *subnet = &n->subnet[i];

		if (address_is_none(&subnet->base))
			continue;
		if (i == IPV6)
			link_add_local(&b, link.index);
		if (!address_is_none(&n->gateway[i]))
			link_add_address(&b, link.index, &n->gateway[i], subnet->prefix);
		if (n->type != NETWORK_LOOPBACK)
			continue;
		/* for the resolver, which must have it before there is a container */
		own = endpoint_link(h->instance, (enum family_index)i);
		link_add_address(&b, link.index, &own, own.family == AF_INET ? 32 : 128);
		/* addresses that no container has are to lead nowhere, not to the outside */
		link_add_route(&b, &(struct route){.to = *subnet, .index = link.index});
	}
	return batch_run(&b, fd, err);
}

int network_make(struct host *h, const struct network_link *n, struct error *err)
{
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, err);
	struct error ignored;
	struct batch b;
	bool made = false;

	if (fd < 0)
		return -1;
	if (n->type == NETWORK_CUSTOM)
		return check_custom(fd, n, err);
	if (make_bridge(h, fd, n, &made, err) != 0)
		return -1;
	if (configure(h, fd, n, err) == 0)
		return 0;
	if (made) {
		batch_init(&b);
		link_delete(&b, n->interface);
		batch_run(&b, fd, &ignored);
	}
	return error_prefix(err, "interface %s", n->interface);
}

int network_unmake(struct host *h, const struct network_link *n, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	unsigned char hardware[6];
	struct link link;
	struct batch b;

	if (n->type == NETWORK_CUSTOM)
		return 0;
	id_hardware(n->id, hardware);
	fd = netlink_open(NETLINK_ROUTE, err);
	if (fd < 0 || link_find(fd, n->interface, h->instance, &link, err) != 0)
		return -1;
	if (!link_is_ours(&link, hardware))
		return 0;
	batch_init(&b);
	link_delete(&b, n->interface);
	return batch_run(&b, fd, err);
}

void network_resolver(struct host *h, const struct network_link *n, struct address to[FAMILIES])
{
	for (int i = 0; i < FAMILIES; i++) {
		to[i] = n->gateway[i];
		if (n->type != NETWORK_BRIDGE && !address_is_none(&n->subnet[i].base))
			to[i] = endpoint_link(h->instance, (enum family_index)i);
	}
}

/* ---- forwarding ---- */

struct advertised {
	int index; /* of the interface of an IPv6 default route that came from a router; 0: none */
};

static int take_interface(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == RTA_OIF)
		*(int *)arg = (int)mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static void take_advertised(const struct nlmsghdr *m, void *arg)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(m);
	struct advertised *a = arg;

	if (header->rtm_dst_len == 0 && header->rtm_protocol == RTPROT_RA)
		mnl_attr_parse(m, sizeof(*header), take_interface, &a->index);
}

/* A host that forwards stops listening to routers, and so would lose its own default route. */
static int keep_listening(struct host *h, struct error *err)
{
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, err);
	struct advertised a = {0};
	const struct netlink_reader reader = {.each = take_advertised, .arg = &a};
	const struct rtmsg header = {.rtm_family = AF_INET6};
	char data[256], name[IF_NAMESIZE];
	struct nlmsghdr *m = mnl_nlmsg_put_header(data);
	AUTO_FREE char *setting = NULL;

	if (fd < 0)
		return -1;
	m->nlmsg_type = RTM_GETROUTE;
	m->nlmsg_flags = NLM_F_DUMP;
	memcpy(mnl_nlmsg_put_extra_header(m, sizeof(header)), &header, sizeof(header));
	if (netlink_ask(fd, m, "list the host's routes", &reader, err) != 0)
		return -1;
	if (a.index == 0 || if_indextoname((unsigned int)a.index, name) == NULL)
		return 0;
	setting = xasprintf("net/ipv6/conf/%s/accept_ra", name);
	return setting_change(h->settings, setting, "2",
		"the host's own IPv6 default route comes from there, and it is to forward", err);
}

int network_forward(struct host *h, const bool families[FAMILIES], struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		if (!families[i])
			continue;
		if (i == IPV6 && keep_listening(h, err) != 0)
			return -1;
		if (setting_change(h->settings, forwarding[i], "1",
			    "networks of containers need it", err) != 0)
			return -1;
	}
	return 0;
}

static int take_alias(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == IFLA_IFALIAS)
		*(const char **)arg = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

struct others {
	const struct host *host;
	bool found;
};

static void look_for_others(const struct nlmsghdr *m, void *arg)
{
	struct others *o = arg;
	const char *alias = "";

	mnl_attr_parse(m, sizeof(struct ifinfomsg), take_alias, &alias);
	if (link_is_marked(alias) && !link_is_of(alias, o->host->instance))
		o->found = true;
}

void network_restore(struct host *h)
{
	struct error err;
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, &err);
	struct others others = {.host = h};
	const struct netlink_reader reader = {.each = look_for_others, .arg = &others};
	char data[256];
	struct nlmsghdr *m = mnl_nlmsg_put_header(data);

	m->nlmsg_type = RTM_GETLINK;
	m->nlmsg_flags = NLM_F_DUMP;
	memset(mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg)), 0,
		sizeof(struct ifinfomsg));
	if (fd >= 0 && netlink_ask(fd, m, "list interfaces", &reader, &err) == 0 && !others.found)
		settings_restore(h->settings);
	else
		log_notice("the host's settings stay: somebody else has networks");
}

/* What comes in for ::1, as replies do whose address has been changed back, is looked for there. */
static int route_loopback(const char *interface, struct error *err)
{
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, err);
	struct link link;
	struct batch b;

	if (fd < 0 || link_find(fd, interface, NULL, &link, err) != 0)
		return -1;
	batch_init(&b);
	link_add_loopback(&b, link.index);
	return batch_run(&b, fd, err);
}

int network_allow_loopback(struct host *h, const struct jail_endpoint *e, struct error *err)
{
	const char *interface = e->type == NETWORK_BRIDGE ? e->network : e->interface;
	AUTO_FREE char *setting = xasprintf("net/ipv4/conf/%s/route_localnet", interface);

	if (setting_write(setting, "1", err) != 0)
		return -1;
	if (e->type == NETWORK_BRIDGE || address_is_none(&e->address[IPV6]))
		return 0;
	return route_loopback(interface, err);
}
