/* SPDX-License-Identifier: BSD-2-Clause */
#include "firewall/nft_sets.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct nft_set_type nft_set_types[NFT_SETS] = {
	[SET_INTERFACE] = {"interface", "ifname", false, false},
	[SET_BRIDGED] = {"bridged", "ifname . ifname", false, false},
	[SET_ISOLATED] = {"isolated", "ifname", false, true},
	[SET_PORT] = {"port", "ifname", false, true},
	[SET_STATION] = {"station", "ifname . ether_addr", false, true},
	[SET_TARGET] = {"target", "typeof iifname . " ND_TARGET, false, true},
	[SET_ENDPOINT] = {"endpoint", "ifname . $", false, false},
	[SET_SENDER] = {"sender", "ifname . $", false, true},
	[SET_ROUTED] = {"routed", "$", false, false},
	[SET_CONTAINER] = {"container", "$", false, false},
	[SET_INTERNAL] = {"internal", "$", false, false},
	[SET_NETWORK] = {"network", "$; flags interval", false, false},
	[SET_ICC] = {"icc", "$ . $; flags interval", false, false},
	[SET_GATEWAY] = {"gateway", "$", false, false},
	[SET_OWN_GATEWAY] = {"own_gateway", "$ . $; flags interval", false, false},
	[SET_NAT] = {"nat", "$ . ifname", false, false},
	[SET_HAIRPIN] = {"hairpin", "$ . $; flags interval", false, false},
	[SET_SELF] = {"self", "$ . $", false, false},
	[MAP_PUBLISH] = {"publish", "$ . inet_proto . inet_service : $ . inet_service", true,
		false},
	[MAP_RANGE] = {"range", "$ . inet_proto . inet_service : $; flags interval", true, false},
};

static void add(struct nft_elements *elements, unsigned int set, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void add(struct nft_elements *elements, unsigned int set, const char *fmt, ...)
{
	char text[4 * SUBNET_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strings_add(&elements->set[set], text);
}

static void add_subnet(
	struct nft_elements *elements, const struct firewall_network *n, unsigned int family)
{
	char subnet[SUBNET_TEXT_MAX], gateway[ADDRESS_TEXT_MAX];

	if (address_is_none(&n->subnet[family].base))
		return;
	subnet_format(&n->subnet[family], subnet);
	/* the subnet of a custom network has other hosts in it */
	if (n->type != NETWORK_CUSTOM)
		add(elements, SET_NETWORK + family, "%s", subnet);
	if (n->icc)
		add(elements, SET_ICC + family, "%s . %s", subnet, subnet);
	if (n->type == NETWORK_BRIDGE)
		add(elements, SET_HAIRPIN + family, "%s . %s", subnet, subnet);
	if (address_is_none(&n->gateway[family]))
		return;
	address_format(&n->gateway[family], gateway);
	add(elements, SET_GATEWAY + family, "%s", gateway);
	add(elements, SET_OWN_GATEWAY + family, "%s . %s", subnet, gateway);
}

static void add_network(struct nft_elements *elements, const struct firewall_network *n)
{
	/* what comes in through the interface of a custom network is not from containers */
	if (n->type != NETWORK_CUSTOM)
		add(elements, SET_INTERFACE, "\"%s\"", n->interface);
	if (n->type == NETWORK_BRIDGE && n->icc)
		add(elements, SET_BRIDGED, "\"%s\" . \"%s\"", n->interface, n->interface);
	for (unsigned int family = 0; family < FAMILIES; family++)
		add_subnet(elements, n, family);
}

/* A bridge's containers are behind the bridge, others each behind an interface of its own. */
static const char *source_interface(
	const struct firewall_network *n, const struct firewall_endpoint *e)
{
	return n->type == NETWORK_BRIDGE || e->interface[0] == '\0' ? n->interface : e->interface;
}

static void add_address(struct nft_elements *elements, const struct firewall_network *n,
	const struct firewall_endpoint *e, unsigned int family)
{
	char address[ADDRESS_TEXT_MAX];

	if (address_is_none(&e->address[family]))
		return;
	address_format(&e->address[family], address);
	add(elements, SET_ENDPOINT + family, "\"%s\" . %s", source_interface(n, e), address);
	add(elements, SET_CONTAINER + family, "%s", address);
	/* what containers send by another router may come in anywhere */
	if (n->type != NETWORK_BRIDGE || !address_is_none(&n->gateway[family]))
		add(elements, SET_ROUTED + family, "%s", address);
	if (n->internal)
		add(elements, SET_INTERNAL + family, "%s", address);
	else if (n->nat_interface[0] != '\0')
		add(elements, SET_NAT + family, "%s . \"%s\"", address, n->nat_interface);
	if (n->type != NETWORK_BRIDGE)
		add(elements, SET_SELF + family, "%s . %s", address, address);
}

/* What a port may send from, in both families, and in IPv6 what it may say that it has. */
static void add_sender(
	struct nft_elements *elements, const struct firewall_endpoint *e, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	add(elements, SET_SENDER + (unsigned int)family_index(a->family), "\"%s\" . %s",
		e->interface, address_format(a, text));
	if (a->family == AF_INET6)
		add(elements, SET_TARGET, "\"%s\" . 0x%016llx%016llx", e->interface,
			(unsigned long long)(a->value >> 64), (unsigned long long)a->value);
}

/* The address on the link that the kernel makes of a hardware address (RFC 4291, appendix A). */
static struct address local_address(const unsigned char hardware[6])
{
	struct address a = {AF_INET6, (address_number)0xfe80 << 112};
	const unsigned char *h = hardware;
	const unsigned char id[8] = {h[0] ^ 2, h[1], h[2], 0xff, 0xfe, h[3], h[4], h[5]};

	for (size_t i = 0; i < sizeof(id); i++)
		a.value |= (address_number)id[i] << (8 * (sizeof(id) - 1 - i));
	return a;
}

/* A port of a bridge: what comes from it is its container's, or nobody's. */
static void add_bridge_port(struct nft_elements *elements, const struct firewall_endpoint *e)
{
	static const unsigned char none[sizeof(e->hardware)] = {0};
	const unsigned char *h = e->hardware;
	struct address local = local_address(h);

	if (e->interface[0] == '\0' || memcmp(h, none, sizeof(none)) == 0)
		return;
	add(elements, SET_PORT, "\"%s\"", e->interface);
	add(elements, SET_STATION, "\"%s\" . %02x:%02x:%02x:%02x:%02x:%02x", e->interface, h[0],
		h[1], h[2], h[3], h[4], h[5]);
	for (unsigned int family = 0; family < FAMILIES; family++)
		if (!address_is_none(&e->address[family]))
			add_sender(elements, e, &e->address[family]);
	if (!address_is_none(&e->address[IPV6]))
		add_sender(elements, e, &local);
}

static void add_endpoint(struct nft_elements *elements, const struct firewall_network *n,
	const struct firewall_endpoint *e)
{
	if (n->type == NETWORK_BRIDGE && !n->icc && e->interface[0] != '\0')
		add(elements, SET_ISOLATED, "\"%s\"", e->interface);
	if (n->type == NETWORK_BRIDGE)
		add_bridge_port(elements, e);
	if (n->type != NETWORK_BRIDGE && e->interface[0] != '\0')
		add(elements, SET_INTERFACE, "\"%s\"", e->interface);
	for (unsigned int family = 0; family < FAMILIES; family++)
		add_address(elements, n, e, family);
}

/* Ranges whose numbers change have no counterpart in nftables but their ports one by one. */
static void add_ports(struct nft_elements *elements, const struct published_port *p,
	unsigned int family, const char *host, const char *target)
{
	const char *protocol = protocol_names[p->protocol];

	if (p->low == p->target && p->low < p->high) {
		add(elements, MAP_RANGE + family, "%s . %s . %u-%u : %s", host, protocol, p->low,
			p->high, target);
		return;
	}
	for (unsigned int port = p->low; port <= p->high; port++)
		add(elements, MAP_PUBLISH + family, "%s . %s . %u : %s . %u", host, protocol, port,
			target, p->target + (port - p->low));
}

/*
 * Of what a container behind a bridge answers to ::1, the kernel would drop what br_netfilter has
 * given that address before it is looked at. Nobody listens there, so who asks is told at once.
 */
static bool is_lost(const struct firewall *fw, const struct firewall_endpoint *target,
	const struct firewall_host_address *h)
{
	return h->address.family == AF_INET6 && h->address.value == 1 &&
	       firewall_network(fw, target->network_id)->type == NETWORK_BRIDGE;
}

static void add_port(struct nft_elements *elements, const struct firewall *fw,
	const struct published_port *p, unsigned int family)
{
	const struct firewall_endpoint *target =
		firewall_target(fw, p->container_id, (enum family_index)family);
	char host[ADDRESS_TEXT_MAX], container[ADDRESS_TEXT_MAX];

	for (size_t i = 0; target != NULL && i < fw->nhost; i++) {
		const struct firewall_host_address *h = &fw->host[i];

		if (h->address.family != family_of[family] || !firewall_redirects(fw, p, h) ||
			is_lost(fw, target, h))
			continue;
		add_ports(elements, p, family, address_format(&h->address, host),
			address_format(&target->address[family], container));
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct strings *set)
{
	size_t n = 0;

	if (set->n == 0)
		return;
	qsort(set->v, set->n, sizeof(set->v[0]), compare);
	for (size_t i = 1; i < set->n; i++) {
		if (strcmp(set->v[n], set->v[i]) == 0)
			free(set->v[i]);
		else
			set->v[++n] = set->v[i];
	}
	set->n = n + 1;
	set->v[set->n] = NULL;
}

void nft_elements_collect(const struct firewall *fw, struct nft_elements *elements)
{
	*elements = (struct nft_elements){0};
	for (size_t i = 0; i < fw->nnetworks; i++)
		add_network(elements, &fw->networks[i]);
	for (size_t i = 0; i < fw->nendpoints; i++) {
		const struct firewall_endpoint *e = &fw->endpoints[i];
		const struct firewall_network *n = firewall_network(fw, e->network_id);

		if (n != NULL)
			add_endpoint(elements, n, e);
	}
	for (size_t i = 0; i < fw->nports; i++)
		for (unsigned int family = 0; family < FAMILIES; family++)
			add_port(elements, fw, &fw->ports[i], family);
	for (unsigned int i = 0; i < NFT_SETS; i++)
		sort(&elements->set[i]);
}

void nft_elements_free(struct nft_elements *elements)
{
	for (unsigned int i = 0; i < NFT_SETS; i++)
		strings_free(&elements->set[i]);
}
