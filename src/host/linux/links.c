/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/links.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How interfaces are marked: this, and the instance. */
#define LINK_MARK "kleene "
#define MARK_MAX  64

/* Puts an address as the kernel has it; addresses of IPv4 use the low 32 bits. */
static void put_address(struct nlmsghdr *m, uint16_t type, const struct address *a)
{
	unsigned char bytes[16];
	size_t len = a->family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(a->value >> (8 * (len - 1 - i)));
	mnl_attr_put(m, type, len, bytes);
}

static unsigned char family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

static struct nlmsghdr *add_link(struct batch *b, uint16_t type, uint16_t flags, const char *name,
	unsigned int up, const char *what)
{
	const struct ifinfomsg header = {
		.ifi_family = AF_UNSPEC, .ifi_flags = up, .ifi_change = up};
	struct nlmsghdr *m = batch_add(b, type, flags, &header, sizeof(header), what, 0);

	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	return m;
}

/* ---- finding ---- */

bool link_is_marked(const char *alias)
{
	return strncmp(alias, LINK_MARK, strlen(LINK_MARK)) == 0;
}

bool link_is_of(const char *alias, const char *instance)
{
	return link_is_marked(alias) && strcmp(alias + strlen(LINK_MARK), instance) == 0;
}

struct search {
	const char *instance;
	struct link *to;
};

static int take_attribute(const struct nlattr *attr, void *arg)
{
	struct search *search = arg;
	const char *alias;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFALIAS:
		alias = mnl_attr_get_str(attr);
		search->to->marked = alias[0] != '\0';
		search->to->ours = search->instance != NULL && link_is_of(alias, search->instance);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(search->to->hardware))
			memcpy(search->to->hardware, mnl_attr_get_payload(attr),
				sizeof(search->to->hardware));
		break;
	}
	return MNL_CB_OK;
}

static void take_link(const struct nlmsghdr *m, void *arg)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(m);
	struct search *search = arg;

	search->to->index = header->ifi_index;
	search->to->ethernet = header->ifi_type == ARPHRD_ETHER;
	mnl_attr_parse(m, sizeof(*header), take_attribute, search);
}

int link_find(int fd, const char *name, const char *instance, struct link *to, struct error *err)
{
	struct search search = {instance, to};
	const struct netlink_reader reader = {.each = take_link, .arg = &search};
	char data[256];
	struct nlmsghdr *m = mnl_nlmsg_put_header(data);

	*to = (struct link){0};
	m->nlmsg_type = RTM_GETLINK;
	memset(mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg)), 0,
		sizeof(struct ifinfomsg));
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (netlink_ask(fd, m, "look for an interface", &reader, err) == 0 || err->code == ENODEV)
		return 0;
	return -1;
}

bool link_is_ours(const struct link *link, const unsigned char hardware[6])
{
	return link->ours ||
	       (!link->marked && link->index != 0 && memcmp(link->hardware, hardware, 6) == 0);
}

/* ---- interfaces ---- */

void link_add_bridge(struct batch *b, const char *name, const unsigned char hardware[6])
{
	struct nlmsghdr *m =
		add_link(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, name, 0, "make a bridge");
	struct nlattr *info, *data;

	mnl_attr_put(m, IFLA_ADDRESS, 6, hardware);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(m, IFLA_INFO_DATA);
	/* there is no querier to tell it who wants what */
	mnl_attr_put_u8(m, IFLA_BR_MCAST_SNOOPING, 0);
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, info);
}

void link_add_pair(struct batch *b, const char *name, const unsigned char own[6], const char *peer,
	const unsigned char hardware[6], int ns)
{
	const struct ifinfomsg peer_header = {.ifi_family = AF_UNSPEC};
	struct nlmsghdr *m = add_link(
		b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, name, 0, "make a pair of interfaces");
	struct nlattr *info, *data, *other;

	mnl_attr_put(m, IFLA_ADDRESS, 6, own);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(m, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(m, VETH_INFO_PEER);
	memcpy(mnl_nlmsg_put_extra_header(m, sizeof(peer_header)), &peer_header,
		sizeof(peer_header));
	mnl_attr_put_strz(m, IFLA_IFNAME, peer);
	mnl_attr_put(m, IFLA_ADDRESS, 6, hardware);
	mnl_attr_put_u32(m, IFLA_NET_NS_FD, (uint32_t)ns);
	mnl_attr_nest_end(m, other);
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, info);
}

void link_prepare(struct batch *b, const char *name, const char *instance)
{
	struct nlattr *spec, *inet6;
	char mark[MARK_MAX];
	struct nlmsghdr *m;

	if (instance != NULL) {
		m = add_link(b, RTM_NEWLINK, 0, name, 0, "mark an interface");
		snprintf(mark, sizeof(mark), LINK_MARK "%s", instance);
		mnl_attr_put_strz(m, IFLA_IFALIAS, mark);
	}
	m = add_link(b, RTM_NEWLINK, 0, name, 0, "prepare an interface");
	b->messages[b->n - 1].tolerated = EAFNOSUPPORT; /* a kernel without IPv6 */
	spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(m, AF_INET6);
	mnl_attr_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(m, inet6);
	mnl_attr_nest_end(m, spec);
}

void link_join(struct batch *b, const char *name, int bridge)
{
	struct nlmsghdr *m = add_link(b, RTM_NEWLINK, 0, name, 0, "make a port of a bridge");
	struct nlattr *info, *port;

	mnl_attr_put_u32(m, IFLA_MASTER, (uint32_t)bridge);
	/* the kernel looks for the port before it makes it one: so this is a request of its own */
	m = add_link(b, RTM_NEWLINK, 0, name, 0, "set a port of a bridge");
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_SLAVE_KIND, "bridge");
	port = mnl_attr_nest_start(m, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(m, IFLA_BRPORT_MODE, 1);
	mnl_attr_nest_end(m, port);
	mnl_attr_nest_end(m, info);
}

void link_up(struct batch *b, const char *name)
{
	add_link(b, RTM_NEWLINK, 0, name, IFF_UP, "bring an interface up");
}

void link_delete(struct batch *b, const char *name)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nlmsghdr *m = batch_add(
		b, RTM_DELLINK, 0, &header, sizeof(header), "remove an interface", ENODEV);

	mnl_attr_put_strz(m, IFLA_IFNAME, name);
}

/* ---- addresses and routes ---- */

void link_add_address(struct batch *b, int index, const struct address *a, unsigned int prefix)
{
	const struct ifaddrmsg header = {
		.ifa_family = (unsigned char)a->family,
		.ifa_prefixlen = (unsigned char)prefix,
		.ifa_flags = IFA_F_NODAD | IFA_F_PERMANENT,
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (uint32_t)index,
	};
	struct nlmsghdr *m = batch_add(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &header,
		sizeof(header), "add an address", 0);

	put_address(m, IFA_LOCAL, a);
	put_address(m, IFA_ADDRESS, a);
	if (a->family == AF_INET && prefix < 31) {
		struct address broadcast =
			subnet_last(&(struct subnet){.base = *a, .prefix = prefix});

		put_address(m, IFA_BROADCAST, &broadcast);
	}
}

void link_add_local(struct batch *b, int index)
{
	const struct address a = {AF_INET6, (address_number)0xfe80 << 112 | 1};

	link_add_address(b, index, &a, 64);
}

void link_add_route(struct batch *b, const struct route *r)
{
	int family = r->to.base.family;
	const struct rtmsg header = {
		.rtm_family = (unsigned char)family,
		.rtm_dst_len = (unsigned char)r->to.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = family == AF_INET && address_is_none(&r->via) ? RT_SCOPE_LINK
									   : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = address_is_none(&r->via) ? 0 : RTNH_F_ONLINK,
	};
	struct nlmsghdr *m = batch_add(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &header,
		sizeof(header), "add a route", 0);

	if (r->to.prefix > 0)
		put_address(m, RTA_DST, &r->to.base);
	if (!address_is_none(&r->via))
		put_address(m, RTA_GATEWAY, &r->via);
	mnl_attr_put_u32(m, RTA_OIF, (uint32_t)r->index);
	if (r->metric > 0)
		mnl_attr_put_u32(m, RTA_PRIORITY, r->metric);
	if (r->table > 0)
		mnl_attr_put_u32(m, RTA_TABLE, r->table);
}

#define LOOPBACK_METRIC 1024

void link_add_loopback(struct batch *b, int index)
{
	const struct address a = {AF_INET6, 1};
	const struct rtmsg header = {
		.rtm_family = AF_INET6,
		.rtm_dst_len = 128,
		.rtm_table = RT_TABLE_LOCAL,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_LOCAL,
	};
	struct nlmsghdr *m = batch_add(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, &header,
		sizeof(header), "add a route", EEXIST);

	put_address(m, RTA_DST, &a);
	mnl_attr_put_u32(m, RTA_OIF, (uint32_t)index);
	mnl_attr_put_u32(m, RTA_PRIORITY, LOOPBACK_METRIC);
}

void link_add_rule(struct batch *b, const struct address *from, unsigned int table)
{
	const struct fib_rule_hdr header = {
		.family = (unsigned char)from->family,
		.src_len = family_bits(from->family),
		.action = FR_ACT_TO_TBL,
	};
	struct nlmsghdr *m = batch_add(b, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &header,
		sizeof(header), "add a rule for routes", EEXIST);

	put_address(m, FRA_SRC, from);
	mnl_attr_put_u32(m, FRA_TABLE, table);
}

/* ---- neighbours ---- */

static void change_neighbour(struct batch *b, uint16_t type, const struct ndmsg *neighbour,
	const struct address *a, const char *what)
{
	uint16_t flags = type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0;
	struct nlmsghdr *m = batch_add(b, type, flags, neighbour, sizeof(*neighbour), what,
		type == RTM_DELNEIGH ? ENOENT : 0);

	put_address(m, NDA_DST, a);
}

static struct ndmsg proxy_of(int index, const struct address *a)
{
	return (struct ndmsg){
		.ndm_family = (unsigned char)a->family,
		.ndm_ifindex = index,
		.ndm_state = NUD_PERMANENT,
		.ndm_flags = NTF_PROXY,
	};
}

void link_add_proxy(struct batch *b, int index, const struct address *a)
{
	const struct ndmsg proxy = proxy_of(index, a);

	change_neighbour(b, RTM_NEWNEIGH, &proxy, a, "answer for an address");
}

void link_delete_proxy(struct batch *b, int index, const struct address *a)
{
	const struct ndmsg proxy = proxy_of(index, a);

	change_neighbour(b, RTM_DELNEIGH, &proxy, a, "stop answering for an address");
}

void link_forget_neighbour(struct batch *b, int index, const struct address *a)
{
	const struct ndmsg neighbour = {
		.ndm_family = (unsigned char)a->family, .ndm_ifindex = index};

	change_neighbour(b, RTM_DELNEIGH, &neighbour, a, "forget a neighbour");
}
