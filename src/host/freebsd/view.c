/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's interfaces, addresses and routes: the first part of host/network.h. */
#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include "host/freebsd/alias.h"
#include "host/freebsd/netif.h"
#include "host/freebsd/network_impl.h"
#include "host/freebsd/sockaddr.h"

/* The addresses that follow the header of a message, by their numbers RTAX_…. */
struct parts {
	const struct sockaddr *v[RTAX_MAX];
};

/* ---- reading ---- */

static bool is_link_local(const struct address *a)
{
	return a->family == AF_INET6 && a->value >> 118 == 0x3fa; /* fe80::/10 */
}

static bool is_multicast(const struct address *a)
{
	return a->family == AF_INET6 ? a->value >> 120 == 0xff : a->value >> 28 == 0xe;
}

/* Containers' addresses, and the resolver's, are on the host's interfaces, but not its own. */
static bool is_own(const struct host *h, const struct address *a)
{
	const struct address link = endpoint_link(h->instance, family_index(a->family));

	return !address_equal(a, &link) && !alias_is_ours(h, a);
}

static void add_address(
	const struct host *h, struct host_view *v, const char *interface, const struct sockaddr *s)
{
	const struct address a = address_of(s);
	struct host_address *added;

	if (address_is_none(&a) || is_link_local(&a) || !is_own(h, &a))
		return;
	v->addresses = xrealloc(v->addresses, (v->naddresses + 1) * sizeof(*v->addresses));
	added = &v->addresses[v->naddresses++];
	*added = (struct host_address){.address = a};
	snprintf(added->interface, sizeof(added->interface), "%s", interface);
}

static int read_addresses(const struct host *h, struct host_view *v, struct error *err)
{
	struct ifaddrs *all, *i;

	if (getifaddrs(&all) < 0)
		return error_errno(err, errno, "cannot list the host's addresses");
	for (i = all; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_LINK)
			strings_add(&v->interfaces, i->ifa_name);
		else
			add_address(h, v, i->ifa_name, i->ifa_addr);
	}
	freeifaddrs(all);
	return 0;
}

/* Each address has the room of its length, rounded up to a long; one without length has a long. */
static struct parts take_apart(const struct rt_msghdr *m, const char *begin, int which)
{
	const char *end = (const char *)m + m->rtm_msglen;
	struct parts p = {0};

	for (int i = 0; i < RTAX_MAX && begin + sizeof(long) <= end; i++) {
		const struct sockaddr *s = (const void *)begin;

		if ((which & (1 << i)) == 0)
			continue;
		begin += s->sa_len == 0 ? sizeof(long) : roundup2(s->sa_len, sizeof(long));
		if (begin <= end)
			p.v[i] = s;
	}
	return p;
}

static unsigned int route_prefix(const struct rt_msghdr *m, const struct parts *p, int family)
{
	if ((m->rtm_flags & RTF_HOST) != 0 || p->v[RTAX_NETMASK] == NULL)
		return family == AF_INET ? 32 : 128;
	return mask_prefix(family, p->v[RTAX_NETMASK]);
}

/* The interface of the default route, that of IPv4 before that of IPv6. */
static void take_default(struct host_view *v, int family, const char *interface, bool *is_ipv4)
{
	if (v->gateway[0] != '\0' && (*is_ipv4 || family == AF_INET6))
		return;
	snprintf(v->gateway, sizeof(v->gateway), "%s", interface);
	*is_ipv4 = family == AF_INET;
}

/* Host routes by a loopback interface are the host's own addresses, which stand elsewhere. */
static bool route_counts(const struct rt_msghdr *m, const struct address *to, const char *interface)
{
	return !is_link_local(to) && !is_multicast(to) &&
	       (m->rtm_flags & (RTF_DYNAMIC | RTF_REJECT | RTF_BLACKHOLE)) == 0 &&
	       ((m->rtm_flags & RTF_HOST) == 0 || strncmp(interface, "lo", 2) != 0);
}

static void take_route(struct host_view *v, const struct rt_msghdr *m, bool *is_ipv4)
{
	const struct parts p = take_apart(m, (const char *)(m + 1), m->rtm_addrs);
	char interface[IF_NAMESIZE];
	struct host_route *added;
	struct subnet to = {0};

	if (p.v[RTAX_DST] == NULL || if_indextoname(m->rtm_index, interface) == NULL)
		return;
	to.base = address_of(p.v[RTAX_DST]);
	if (address_is_none(&to.base))
		return;
	to.prefix = route_prefix(m, &p, to.base.family);
	if (to.prefix == 0) {
		if ((m->rtm_flags & (RTF_REJECT | RTF_BLACKHOLE)) == 0)
			take_default(v, to.base.family, interface, is_ipv4);
		return;
	}
	if (!route_counts(m, &to.base, interface))
		return;
	v->routes = xrealloc(v->routes, (v->nroutes + 1) * sizeof(*v->routes));
	added = &v->routes[v->nroutes++];
	*added = (struct host_route){
		.to = to, .own = (m->rtm_flags & (RTF_GATEWAY | RTF_STATIC)) == 0};
	snprintf(added->interface, sizeof(added->interface), "%s", interface);
}

/* The host's routes as messages; *data is to be freed. */
static int dump_routes(char **data, size_t *size, struct error *err)
{
	int mib[] = {CTL_NET, PF_ROUTE, 0, AF_UNSPEC, NET_RT_DUMP, 0};

	*data = NULL;
	for (;;) {
		if (sysctl(mib, ARRAY_SIZE(mib), NULL, size, NULL, 0) < 0)
			break;
		*size += *size / 2 + 1024; /* for those that come in between */
		*data = xrealloc(*data, *size);
		if (sysctl(mib, ARRAY_SIZE(mib), *data, size, NULL, 0) == 0)
			return 0;
		if (errno != ENOMEM)
			break;
	}
	return error_errno(err, errno, "cannot list the host's routes");
}

static int read_routes(struct host_view *v, struct error *err)
{
	AUTO_FREE char *data = NULL;
	bool is_ipv4 = false;
	size_t size;

	if (dump_routes(&data, &size, err) < 0)
		return -1;
	for (const char *at = data; at + sizeof(struct rt_msghdr) <= data + size;) {
		const struct rt_msghdr *m = (const void *)at;

		if (m->rtm_msglen == 0)
			break;
		if (m->rtm_version == RTM_VERSION)
			take_route(v, m, &is_ipv4);
		at += m->rtm_msglen;
	}
	return 0;
}

int host_view_read(struct host *h, struct host_view *view, struct error *err)
{
	*view = (struct host_view){0};
	if (read_addresses(h, view, err) == 0 && read_routes(view, err) == 0)
		return 0;
	host_view_free(view);
	return -1;
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
	AUTO_CLOSE int fd = socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, AF_UNSPEC);

	if (fd < 0)
		return error_errno(err, errno, "cannot watch the host's addresses");
	return take_fd(&fd);
}

/* An address of a container's on an interface of a network of ours says nothing of the host. */
static bool address_counts(const struct ifa_msghdr *m)
{
	char name[IF_NAMESIZE], text[NETIF_MARK_MAX];
	struct mark mark;

	/* one whose interface is gone */
	if (if_indextoname(m->ifam_index, name) == NULL)
		return true;
	netif_mark(name, text);
	return !mark_parse(text, &mark);
}

static bool is_default(const struct rt_msghdr *m)
{
	const struct parts p = take_apart(m, (const char *)(m + 1), m->rtm_addrs);
	struct address to;

	if (p.v[RTAX_DST] == NULL || (m->rtm_flags & RTF_HOST) != 0)
		return false;
	to = address_of(p.v[RTAX_DST]);
	return !address_is_none(&to) && to.value == 0;
}

static bool counts(const struct rt_msghdr *m)
{
	switch (m->rtm_type) {
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return address_counts((const void *)m);
	case RTM_ADD:
	case RTM_DELETE:
	case RTM_CHANGE:
		return is_default(m);
	default:
		return false;
	}
}

bool host_view_changed(int watch)
{
	union {
		struct rt_msghdr header;
		char data[4096];
	} m;
	bool changed = false;
	ssize_t n;

	while ((n = recv(watch, &m, sizeof(m), MSG_DONTWAIT)) != 0) {
		if (n < 0 && errno == ENOBUFS) {
			changed = true; /* there was more to tell than it keeps */
			continue;
		}
		if (n < 0)
			break;
		if ((size_t)n >= sizeof(struct ifa_msghdr) && m.header.rtm_version == RTM_VERSION &&
			m.header.rtm_msglen <= n)
			changed |= counts(&m.header);
	}
	return changed;
}
