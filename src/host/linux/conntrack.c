/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>

#include "base/log.h"
#include "host/linux/netlink.h"

/* One direction of a connection. */
struct flow {
	struct address from, to;
	unsigned int protocol, port; /* that it goes to */
};

/* A connection, as its deletion names it. */
struct tracked {
	int family;
	unsigned char tuple[256]; /* the attribute CTA_TUPLE_ORIG's payload */
	size_t len;
	uint32_t id;
	struct flow original, reply;
};

struct search {
	const struct firewall *fw;
	const struct published_port *ports;
	size_t nports;
	const struct address *addresses;
	size_t naddresses;
	struct tracked *found;
	size_t nfound;
};

/* ---- reading ---- */

static struct address read_address(const struct nlattr *attr, int family)
{
	const unsigned char *bytes = mnl_attr_get_payload(attr);
	struct address a = {.family = family};

	for (size_t i = 0; i < mnl_attr_get_payload_len(attr) && i < 16; i++)
		a.value = a.value << 8 | bytes[i];
	return a;
}

static void read_addresses(const struct nlattr *nest, struct flow *f)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		switch (mnl_attr_get_type(attr)) {
		case CTA_IP_V4_SRC:
			f->from = read_address(attr, AF_INET);
			break;
		case CTA_IP_V6_SRC:
			f->from = read_address(attr, AF_INET6);
			break;
		case CTA_IP_V4_DST:
			f->to = read_address(attr, AF_INET);
			break;
		case CTA_IP_V6_DST:
			f->to = read_address(attr, AF_INET6);
			break;
		}
	}
}

static void read_protocol(const struct nlattr *nest, struct flow *f)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == CTA_PROTO_NUM)
			f->protocol = mnl_attr_get_u8(attr);
		else if (mnl_attr_get_type(attr) == CTA_PROTO_DST_PORT)
			f->port = ntohs(mnl_attr_get_u16(attr));
	}
}

static void read_flow(const struct nlattr *nest, struct flow *f)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			read_addresses(attr, f);
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			read_protocol(attr, f);
	}
}

static int read_attribute(const struct nlattr *attr, void *arg)
{
	struct tracked *t = arg;

	switch (mnl_attr_get_type(attr)) {
	case CTA_TUPLE_ORIG:
		t->len = mnl_attr_get_payload_len(attr);
		if (t->len <= sizeof(t->tuple))
			memcpy(t->tuple, mnl_attr_get_payload(attr), t->len);
		read_flow(attr, &t->original);
		break;
	case CTA_TUPLE_REPLY:
		read_flow(attr, &t->reply);
		break;
	case CTA_ID:
		t->id = mnl_attr_get_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

/* ---- choosing ---- */

static bool is_published_at(
	const struct firewall *fw, const struct address *a, const struct published_port *p)
{
	for (size_t i = 0; i < fw->nhost; i++)
		if (address_equal(&fw->host[i].address, a) && firewall_is_at(p, &fw->host[i]))
			return true;
	return false;
}

static bool concerns_port(const struct search *s, const struct flow *f)
{
	for (size_t i = 0; i < s->nports && f->protocol == IPPROTO_UDP; i++) {
		const struct published_port *p = &s->ports[i];

		if (p->protocol == PROTOCOL_UDP && f->port >= p->low && f->port <= p->high &&
			is_published_at(s->fw, &f->to, p))
			return true;
	}
	return false;
}

static bool concerns_address(const struct search *s, const struct tracked *t)
{
	for (size_t i = 0; i < s->naddresses; i++) {
		const struct address *a = &s->addresses[i];

		if (address_equal(a, &t->original.from) || address_equal(a, &t->original.to) ||
			address_equal(a, &t->reply.from) || address_equal(a, &t->reply.to))
			return true;
	}
	return false;
}

static void forget_found(void *arg)
{
	struct search *s = arg;

	s->nfound = 0;
}

static void look_at(const struct nlmsghdr *m, void *arg)
{
	struct search *s = arg;
	struct tracked t = {
		.family = ((const struct nfgenmsg *)mnl_nlmsg_get_payload(m))->nfgen_family};

	mnl_attr_parse(m, sizeof(struct nfgenmsg), read_attribute, &t);
	if (t.len > sizeof(t.tuple) || (!concerns_port(s, &t.original) && !concerns_address(s, &t)))
		return;
	s->found = xrealloc(s->found, (s->nfound + 1) * sizeof(*s->found));
	s->found[s->nfound++] = t;
}

/* ---- */

static struct nfgenmsg header_of(int family)
{
	return (struct nfgenmsg){.nfgen_family = (uint8_t)family, .version = NFNETLINK_V0};
}

static int forget(int fd, const struct tracked *t, struct error *err)
{
	const struct nfgenmsg header = header_of(t->family);
	struct batch b;
	struct nlmsghdr *m;

	batch_init(&b);
	m = batch_add(&b, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0, &header,
		sizeof(header), "end a connection", ENOENT);
	mnl_attr_put(m, CTA_TUPLE_ORIG | NLA_F_NESTED, t->len, t->tuple);
	mnl_attr_put_u32(m, CTA_ID, t->id);
	return batch_run(&b, fd, err);
}

static int forget_all(int fd, struct search *s, struct error *err)
{
	const struct netlink_reader reader = {forget_found, look_at, s};
	const struct nfgenmsg header = header_of(AF_UNSPEC);
	char data[256];
	struct nlmsghdr *m = mnl_nlmsg_put_header(data);

	m->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	m->nlmsg_flags = NLM_F_DUMP;
	memcpy(mnl_nlmsg_put_extra_header(m, sizeof(header)), &header, sizeof(header));
	if (netlink_ask(fd, m, "list connections", &reader, err) != 0)
		return -1;
	for (size_t i = 0; i < s->nfound; i++)
		if (forget(fd, &s->found[i], err) != 0)
			return -1;
	return 0;
}

void conntrack_forget(const struct firewall *fw, const struct published_port *ports, size_t nports,
	const struct address *addresses, size_t naddresses)
{
	struct search s = {.fw = fw,
		.ports = ports,
		.nports = nports,
		.addresses = addresses,
		.naddresses = naddresses};
	struct error err;
	AUTO_CLOSE int fd = netlink_open(NETLINK_NETFILTER, &err);

	if (fd < 0 || forget_all(fd, &s, &err) != 0)
		log_warning(
			"connections to ports that lead elsewhere now may go on: %s", err.message);
	free(s.found);
}
