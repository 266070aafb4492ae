/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks' interfaces: the second part of host/network.h. */
#include "host/network.h"

#include <sys/param.h>

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "firewall/firewall.h"
#include "host/freebsd/claim.h"
#include "host/freebsd/netif.h"
#include "host/freebsd/network_impl.h"
#include "host/freebsd/route.h"

/* The kernel's names of interfaces of these types. */
static const char *const kinds[NETWORK_TYPES] = {
	[NETWORK_LOOPBACK] = "lo",
	[NETWORK_BRIDGE] = "bridge",
};

static const char *const forwarding[FAMILIES] = {
	"net.inet.ip.forwarding", "net.inet6.ip6.forwarding"};

/* ---- marks ---- */

bool interface_is_ours(const struct host *h, const char *name, struct mark *mark)
{
	char text[NETIF_MARK_MAX];

	netif_mark(name, text);
	return mark_parse(text, mark) && strcmp(mark->instance, h->instance) == 0;
}

int interface_set_mark(
	const struct host *h, const char *name, const char *id, const char *peer, struct error *err)
{
	char text[NETIF_MARK_MAX];
	struct mark mark;

	snprintf(mark.instance, sizeof(mark.instance), "%s", h->instance);
	snprintf(mark.id, sizeof(mark.id), "%s", id);
	snprintf(mark.peer, sizeof(mark.peer), "%s", peer);
	mark_format(&mark, text, sizeof(text));
	return netif_set_mark(name, text, err);
}

/* Whether another instance has networks here; the mark of one goes to *mark. */
static bool others_have_networks(const struct host *h, struct mark *mark)
{
	struct if_nameindex *all = if_nameindex();
	char text[NETIF_MARK_MAX];
	bool found = false;

	for (struct if_nameindex *i = all; i != NULL && i->if_name != NULL && !found; i++) {
		netif_mark(i->if_name, text);
		found = mark_parse(text, mark) && strcmp(mark->instance, h->instance) != 0;
	}
	if (all != NULL)
		if_freenameindex(all);
	return found;
}

/* ---- making ---- */

/* A new interface with our mark; its name comes last, so that what has it is ours. */
static int make_interface(struct host *h, const struct network_link *n, struct error *err)
{
	char name[INTERFACE_MAX];
	struct error ignored;
	int result;

	if (claim_make(h, kinds[n->type], name, err) < 0)
		return -1;
	result = interface_set_mark(h, name, n->id, "", err);
	if (result == 0)
		result = netif_rename(name, n->interface, err);
	if (result < 0)
		netif_destroy(name, &ignored);
	claim_drop(h, name);
	return result;
}

/* One that was marked and not named when its maker was killed. */
static void remove_nameless(struct host *h, const struct network_link *n)
{
	struct if_nameindex *all = if_nameindex();
	struct error err;
	struct mark mark;

	for (struct if_nameindex *i = all; i != NULL && i->if_name != NULL; i++)
		if (interface_is_ours(h, i->if_name, &mark) && mark.peer[0] == '\0' &&
			strcmp(mark.id, n->id) == 0 && strcmp(i->if_name, n->interface) != 0 &&
			netif_destroy(i->if_name, &err) < 0)
			log_error("%s", err.message);
	if (all != NULL)
		if_freenameindex(all);
}

static int configure(const struct network_link *n, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&n->gateway[i]) &&
			netif_add_address(n->interface, &n->gateway[i], n->subnet[i].prefix, err) <
				0)
			return -1;
	return netif_up(n->interface, err);
}

static struct address own_sender(int family)
{
	struct address a = {0};
	struct error ignored;

	address_parse(family == IPV4 ? FIREWALL_PF_SENDER4 : FIREWALL_PF_SENDER6, family_of[family],
		&a, &ignored);
	return a;
}

/*
 * The host's own connections to published ports need a way back (firewall/firewall.h), and
 * containers in networks that are no bridges an address where the resolver is, as nothing else of
 * the host's is theirs alone.
 */
static int prepare_loopback(const struct host *h, const struct network_link *n, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		const struct address a = own_sender(i),
				     link = endpoint_link(h->instance, (enum family_index)i);

		if (address_is_none(&n->subnet[i].base))
			continue;
		if (route_add_host(&a, "lo0", err) < 0)
			return -1;
		if (n->type != NETWORK_BRIDGE &&
			netif_add_address("lo0", &link, i == IPV4 ? 32 : 128, err) < 0)
			return -1;
	}
	return 0;
}

int network_make(struct host *h, const struct network_link *n, struct error *err)
{
	struct error ignored;
	struct mark mark;
	bool made = false;

	if (others_have_networks(h, &mark))
		return error_set(err, ERROR_CONFLICT,
			"the instance '%s' has networks on this host, and pf has but one set of "
			"rules",
			mark.instance);
	if (prepare_loopback(h, n, err) < 0)
		return -1;
	if (n->type == NETWORK_CUSTOM) {
		if (netif_exists(n->interface))
			return 0;
		return error_set(
			err, ERROR_NOT_FOUND, "the host has no interface '%s'", n->interface);
	}
	if (!netif_exists(n->interface)) {
		remove_nameless(h, n);
		if (make_interface(h, n, err) < 0)
			return -1;
		made = true;
	} else if (!interface_is_ours(h, n->interface, &mark) || mark.peer[0] != '\0') {
		return error_set(err, ERROR_CONFLICT,
			"the host has an interface '%s' that is not ours", n->interface);
	}
	if (configure(n, err) == 0)
		return 0;
	if (made)
		netif_destroy(n->interface, &ignored);
	return -1;
}

int network_unmake(struct host *h, const struct network_link *n, struct error *err)
{
	struct mark mark;

	if (n->type == NETWORK_CUSTOM || !interface_is_ours(h, n->interface, &mark))
		return 0;
	return netif_destroy(n->interface, err);
}

void network_resolver(struct host *h, const struct network_link *n, struct address to[FAMILIES])
{
	for (int i = 0; i < FAMILIES; i++) {
		to[i] = n->type == NETWORK_BRIDGE
				? n->gateway[i]
				: endpoint_link(h->instance, (enum family_index)i);
		if (address_is_none(&n->subnet[i].base))
			to[i] = (struct address){0};
	}
}

/* ---- what all networks need ---- */

int network_forward(struct host *h, const bool families[FAMILIES], struct error *err)
{
	for (int i = 0; i < FAMILIES; i++)
		if (families[i] && setting_change(h->settings, forwarding[i], "1",
					   "networks of containers need it", err) < 0)
			return -1;
	return 0;
}

void network_restore(struct host *h)
{
	struct error err;
	struct mark mark;

	if (others_have_networks(h, &mark)) {
		log_notice("the host's settings stay: somebody else has networks");
		return;
	}
	settings_restore(h->settings);
	for (int i = 0; i < FAMILIES; i++) {
		const struct address a = own_sender(i),
				     link = endpoint_link(h->instance, (enum family_index)i);

		if (route_remove_host(&a, &err) < 0)
			log_error("%s", err.message);
		if (netif_remove_address("lo0", &link, &err) < 0)
			log_error("%s", err.message);
	}
}

int network_allow_loopback(struct host *h, const struct jail_endpoint *e, struct error *err)
{
	return 0; /* packets from there get another address before they leave lo0 */
}
