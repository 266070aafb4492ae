/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints: the third part of host/network.h. Each is a pair of virtual interfaces, veth(4): one
 * end is the container's eth0, eth1…, the other, named after the endpoint, is the host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "host/linux/announce.h"
#include "host/linux/network_impl.h"
#include "host/network.h"

#define ROUTE_METRIC	100 /* of the first interface's default route */
#define INTERNAL_METRIC 10000 /* more, for those that lead nowhere */
#define RULE_TABLE	100 /* routing table of eth0; eth1 has the next one, and so on */
#define ETH_MAX		64 /* interfaces of one container */
#define REPLACE_TRIES	8
#define BRIDGE_PORTS	1023 /* what the kernel has numbers for */

/* A container's network namespace, and sockets in it. */
struct inside {
	int ns, netlink;
};

static void inside_close(struct inside *i)
{
	close_fd(&i->ns);
	close_fd(&i->netlink);
}

bool endpoint_has_interface(enum network_driver driver)
{
	return true;
}

/* ---- going inside ---- */

/* In the container's namespace: below /proc/sys/net is the calling thread's own. */
static int open_in_namespace(struct inside *i, bool fresh, struct error *err)
{
	struct error ignored;

	i->netlink = netlink_open(NETLINK_ROUTE, err);
	/* nobody in a network of containers is its router but the gateway */
	if (fresh)
		setting_write("net/ipv6/conf/default/accept_ra", "0", &ignored);
	return i->netlink < 0 ? -1 : 0;
}

/* A thread that cannot come back must not go on: what it did next would happen elsewhere. */
static void come_back(int own)
{
	if (setns(own, CLONE_NEWNET) == 0)
		return;
	log_critical("cannot return from a container's network namespace");
	abort();
}

static bool same_namespace(int a, int b)
{
	struct stat first, second;

	return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_ino == second.st_ino &&
	       first.st_dev == second.st_dev;
}

/* ERROR_NOT_FOUND: the process has ended. fresh: the namespace is new. */
static int inside_open(struct inside *i, pid_t pid, bool fresh, struct error *err)
{
	AUTO_FREE char *path = xasprintf("/proc/%d/ns/net", (int)pid);
	AUTO_CLOSE int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int result;

	*i = (struct inside){-1, -1};
	if (own < 0)
		return error_errno(err, errno, "cannot open the host's network namespace");
	i->ns = open(path, O_RDONLY | O_CLOEXEC);
	if (i->ns < 0 || same_namespace(own, i->ns))
		return error_set(err, ERROR_NOT_FOUND, "the container has just ended");
	if (setns(i->ns, CLONE_NEWNET) != 0)
		return error_errno(err, errno, "cannot enter the container's network namespace");
	result = open_in_namespace(i, fresh, err);
	come_back(own);
	return result;
}

/* ---- the host's end ---- */

/*
 * Makes the pair. One of the last run may still be there, since the kernel removes namespaces when
 * it has time, or be removed while we look.
 */
static int make_pair(struct host *h, int fd, const struct jail_endpoint *e, const char *name,
	int ns, struct error *err)
{
	unsigned char own[6];
	struct batch b;
	int result = -1;

	hardware_of(h->instance, e->id, own);
	batch_init(&b);
	for (int i = 0; i < REPLACE_TRIES && result != 0; i++) {
		link_add_pair(&b, e->interface, own, name, e->hardware, ns);
		result = batch_run(&b, fd, err);
		if (result == 0 || err->code != EEXIST)
			break;
		link_delete(&b, e->interface);
		if (batch_run(&b, fd, err) != 0)
			break;
	}
	return result;
}

static unsigned int whole(const struct address *a)
{
	return a->family == AF_INET ? 32 : 128;
}

/* The way to a container behind a pair that is no bridge's port. */
static int lead_to_container(struct host *h, struct batch *b, int fd, const struct jail_endpoint *e,
	int network, struct error *err)
{
	struct link link;

	if (link_find(fd, e->interface, NULL, &link, err) != 0)
		return -1;
	for (int i = 0; i < FAMILIES; i++) {
		const struct address *a = &e->address[i];
		struct address own = endpoint_link(h->instance, (enum family_index)i);

		if (address_is_none(a))
			continue;
		if (i == IPV6)
			link_add_local(b, link.index);
		link_add_address(b, link.index, &own, whole(&own));
		link_add_route(b, &(struct route){.to = {*a, whole(a)}, .index = link.index});
		if (e->type == NETWORK_CUSTOM)
			link_add_proxy(b, network, a);
	}
	return batch_run(b, fd, err);
}

static int proxy_neighbours(struct host *h, const struct jail_endpoint *e, struct error *err)
{
	AUTO_FREE char *setting = xasprintf("net/ipv6/conf/%s/proxy_ndp", e->network);

	if (e->type != NETWORK_CUSTOM || address_is_none(&e->address[IPV6]))
		return 0;
	return setting_change(h->settings, setting, "1", "it answers there for containers", err);
}

static int configure_host(struct host *h, int fd, const struct jail_endpoint *e, struct error *err)
{
	struct link network;
	struct batch b;

	if (link_find(fd, e->network, h->instance, &network, err) != 0)
		return -1;
	if (network.index == 0)
		return error_set(err, ERROR_CONFLICT, "the host has no interface '%s'", e->network);
	if (e->type != NETWORK_CUSTOM && !network.ours)
		return error_set(err, ERROR_CONFLICT,
			"the host has an interface '%s' that is not ours", e->network);
	batch_init(&b);
	link_prepare(&b, e->interface, h->instance);
	if (e->type == NETWORK_BRIDGE)
		link_join(&b, e->interface, network.index);
	link_up(&b, e->interface);
	if (batch_run(&b, fd, err) != 0) {
		if (err->code == EXFULL)
			error_set(err, ERROR_CONFLICT,
				"the bridge '%s' is full: it takes %d containers", e->network,
				BRIDGE_PORTS);
		return -1;
	}
	if (e->type == NETWORK_BRIDGE)
		return 0;
	if (proxy_neighbours(h, e, err) != 0)
		return -1;
	return lead_to_container(h, &b, fd, e, network.index, err);
}

/* ---- the container's end ---- */

/* The routes by one interface, in its own table, too, unless it is the first. */
static void add_routes(struct batch *b, const struct host *h, const struct jail_endpoint *e,
	enum family_index i, int index, unsigned int n)
{
	struct route subnet = {.to = e->subnet[i], .index = index};
	struct route other = {.to = {{family_of[i], 0}, 0}, .via = e->gateway[i], .index = index};

	if (e->type != NETWORK_BRIDGE)
		other.via = subnet.via = endpoint_link(h->instance, i);
	other.metric = ROUTE_METRIC + n + (e->internal ? INTERNAL_METRIC : 0);
	if (e->type != NETWORK_BRIDGE) /* else the kernel has made it with the address */
		link_add_route(b, &subnet);
	if (!address_is_none(&other.via))
		link_add_route(b, &other);
	if (n == 0)
		return;
	/* what answers for another interface's address goes out by that */
	subnet.table = other.table = RULE_TABLE + n;
	link_add_route(b, &subnet);
	if (!address_is_none(&other.via))
		link_add_route(b, &other);
	link_add_rule(b, &e->address[i], other.table);
}

static int configure_container(const struct host *h, const struct inside *in,
	const struct jail_endpoint *e, unsigned int n, struct error *err)
{
	char name[INTERFACE_MAX];
	struct link link;
	struct batch b;

	snprintf(name, sizeof(name), "eth%u", n);
	batch_init(&b);
	if (address_is_none(&e->address[IPV6]))
		link_prepare(&b, name, NULL);
	link_up(&b, name);
	if (batch_run(&b, in->netlink, err) != 0 ||
		link_find(in->netlink, name, NULL, &link, err) != 0)
		return -1;
	for (int i = 0; i < FAMILIES; i++) {
		const struct address *a = &e->address[i];

		if (address_is_none(a))
			continue;
		link_add_address(&b, link.index, a,
			e->type == NETWORK_BRIDGE ? e->subnet[i].prefix : whole(a));
		add_routes(&b, h, e, (enum family_index)i, link.index, n);
	}
	return batch_run(&b, in->netlink, err);
}

static int make_endpoint(struct host *h, int fd, const struct inside *in,
	const struct jail_endpoint *e, unsigned int n, struct error *err)
{
	char name[INTERFACE_MAX];

	snprintf(name, sizeof(name), "eth%u", n);
	if (make_pair(h, fd, e, name, in->ns, err) != 0 || configure_host(h, fd, e, err) != 0 ||
		configure_container(h, in, e, n, err) != 0)
		return error_prefix(err, "endpoint %s", e->id);
	announce(h->packets, fd, e);
	return 0;
}

int endpoints_make(struct host *h, pid_t pid, const struct jail_endpoint *endpoints, size_t n,
	struct error *err)
{
	AUTO_CLOSE int fd = n > 0 ? netlink_open(NETLINK_ROUTE, err) : -1;
	AUTO(inside_close) struct inside in = {-1, -1};
	struct batch b;

	if ((n > 0 && fd < 0) || inside_open(&in, pid, true, err) != 0)
		return -1;
	batch_init(&b);
	link_up(&b, "lo");
	if (batch_run(&b, in.netlink, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (make_endpoint(h, fd, &in, &endpoints[i], (unsigned int)i, err) != 0)
			return -1;
	return 0;
}

/* ---- while the container runs ---- */

static void remove_pair(int fd, const struct jail_endpoint *e)
{
	struct error err;
	struct batch b;

	batch_init(&b);
	link_delete(&b, e->interface);
	if (batch_run(&b, fd, &err) != 0)
		log_error("endpoint %s: %s", e->id, err.message);
}

/* The lowest number of an interface that the container does not have. */
static int free_number(const struct inside *in, unsigned int *n, struct error *err)
{
	char name[INTERFACE_MAX];
	struct link link;

	for (*n = 0; *n < ETH_MAX; ++*n) {
		snprintf(name, sizeof(name), "eth%u", *n);
		if (link_find(in->netlink, name, NULL, &link, err) != 0)
			return -1;
		if (link.index == 0)
			return 0;
	}
	return error_set(err, ERROR_CONFLICT, "the container has %d interfaces already", ETH_MAX);
}

int endpoint_connect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err)
{
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, err);
	AUTO(inside_close) struct inside in = {-1, -1};
	unsigned int eth = 0;

	if (fd < 0 || inside_open(&in, (pid_t)number, false, err) != 0 ||
		free_number(&in, &eth, err) != 0)
		return -1;
	if (make_endpoint(h, fd, &in, e, eth, err) == 0)
		return 0;
	remove_pair(fd, e);
	endpoint_release(h, e);
	return -1;
}

int endpoint_disconnect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err)
{
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, err);
	struct batch b;

	if (fd < 0)
		return -1;
	endpoint_release(h, e);
	batch_init(&b);
	link_delete(&b, e->interface);
	return batch_run(&b, fd, err);
}

/* ---- the end ---- */

void endpoint_release(struct host *h, const struct jail_endpoint *e)
{
	AUTO_CLOSE int fd = -1;
	struct link network = {0};
	struct error err;
	struct batch b;
	int result;

	if (e->type != NETWORK_CUSTOM) /* the rest goes with the namespace */
		return;
	fd = netlink_open(NETLINK_ROUTE, &err);
	result = fd < 0 ? -1 : link_find(fd, e->network, NULL, &network, &err);
	batch_init(&b);
	for (int i = 0; i < FAMILIES && network.index != 0; i++)
		if (!address_is_none(&e->address[i]))
			link_delete_proxy(&b, network.index, &e->address[i]);
	if (result == 0)
		result = batch_run(&b, fd, &err);
	if (result != 0)
		log_error("endpoint %s: %s", e->id, err.message);
}

struct sweep {
	const struct host *host;
	const struct strings *known;
	struct strings found;
};

struct names {
	const char *name, *alias;
	const unsigned char *hardware; /* NULL: none of six bytes */
};

static int take_names(const struct nlattr *attr, void *arg)
{
	struct names *n = arg;

	if (mnl_attr_get_type(attr) == IFLA_IFNAME)
		n->name = mnl_attr_get_str(attr);
	else if (mnl_attr_get_type(attr) == IFLA_IFALIAS)
		n->alias = mnl_attr_get_str(attr);
	else if (mnl_attr_get_type(attr) == IFLA_ADDRESS && mnl_attr_get_payload_len(attr) == 6)
		n->hardware = mnl_attr_get_payload(attr);
	return MNL_CB_OK;
}

/* By its mark, or, if the daemon was killed before it got one, by its hardware address. */
static bool is_of(const char *instance, const struct names *n, const char *id)
{
	unsigned char own[6];

	if (n->alias[0] != '\0')
		return link_is_of(n->alias, instance);
	hardware_of(instance, id, own);
	return n->hardware != NULL && memcmp(n->hardware, own, sizeof(own)) == 0;
}

static void look_at(const struct nlmsghdr *m, void *arg)
{
	struct names n = {"", "", NULL};
	struct sweep *s = arg;
	char id[ID_LEN + 1];

	mnl_attr_parse(m, sizeof(struct ifinfomsg), take_names, &n);
	if (endpoint_interface_id(n.name, id) && is_of(s->host->instance, &n, id) &&
		!strings_has(s->known, n.name))
		strings_add(&s->found, n.name);
}

void endpoints_sweep(struct host *h, const struct strings *known)
{
	struct sweep s = {.host = h, .known = known};
	const struct netlink_reader reader = {.each = look_at, .arg = &s};
	struct error err;
	AUTO_CLOSE int fd = netlink_open(NETLINK_ROUTE, &err);
	char data[256];
	struct nlmsghdr *m = mnl_nlmsg_put_header(data);
	struct batch b;

	m->nlmsg_type = RTM_GETLINK;
	m->nlmsg_flags = NLM_F_DUMP;
	memset(mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg)), 0,
		sizeof(struct ifinfomsg));
	if (fd < 0 || netlink_ask(fd, m, "list interfaces", &reader, &err) != 0)
		log_error("%s", err.message);
	batch_init(&b);
	for (size_t i = 0; i < s.found.n; i++) {
		link_delete(&b, s.found.v[i]);
		if (batch_run(&b, fd, &err) == 0)
			log_notice("interface %s was left of a container: it is removed",
				s.found.v[i]);
		else
			log_error("interface %s: %s", s.found.v[i], err.message);
	}
	strings_free(&s.found);
}
