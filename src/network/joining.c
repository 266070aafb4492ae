/* SPDX-License-Identifier: BSD-2-Clause */
/* What networks have to do with a container's launch and its end. */
#include "network/joining.h"

#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "net/settings.h"
#include "network/netnames.h"
#include "network/netstate.h"
#include "store/store_build.h"

/* ---- what the store says ---- */

static void find_hardware(const struct network_endpoint *e, unsigned char hardware[6])
{
	if (e->by_address)
		endpoint_hardware(e->network_id, e->address, hardware);
	else
		id_hardware(e->id, hardware);
}

static struct jail_endpoint endpoint_of(const struct network_endpoint *e, const struct network *n)
{
	struct jail_endpoint j = {
		.type = n->settings.type, .internal = n->settings.internal, .icc = n->settings.icc};

	memcpy(j.id, e->id, sizeof(j.id));
	endpoint_interface(e->id, j.interface);
	find_hardware(e, j.hardware);
	memcpy(j.network, n->interface, sizeof(j.network));
	for (int i = 0; i < FAMILIES; i++) {
		j.subnet[i] = n->settings.subnet[i];
		j.address[i] = e->address[i];
		j.gateway[i] = n->settings.gateway[i];
	}
	return j;
}

static struct firewall_endpoint model_of(
	const struct network_endpoint *e, enum network_driver driver)
{
	struct firewall_endpoint f = {0};

	memcpy(f.network_id, e->network_id, sizeof(f.network_id));
	memcpy(f.container_id, e->container_id, sizeof(f.container_id));
	if (endpoint_has_interface(driver))
		endpoint_interface(e->id, f.interface);
	find_hardware(e, f.hardware);
	memcpy(f.address, e->address, sizeof(f.address));
	return f;
}

/* Puts an endpoint at the place in all lists. */
static void insert(struct network_view *view, size_t at, const struct network_endpoint *e,
	const struct network *n, enum network_driver driver)
{
	struct net_member *m = &view->member;

	memmove(&m->places[at + 1], &m->places[at], (m->nendpoints - at) * sizeof(*m->places));
	memmove(&m->endpoints[at + 1], &m->endpoints[at],
		(m->nendpoints - at) * sizeof(*m->endpoints));
	memmove(&m->aliases[at + 1], &m->aliases[at], (m->nendpoints - at) * sizeof(*m->aliases));
	memcpy(m->aliases[at].text, e->aliases, sizeof(m->aliases[at].text));
	m->places[at] = endpoint_of(e, n);
	m->endpoints[at] = model_of(e, driver);
	m->nendpoints++;
}

static int read_endpoint(struct daemon *d, struct network_view *view, enum network_driver driver,
	const struct network_endpoint *e, size_t *outside, struct error *err)
{
	AUTO(network_free) struct network n = {0};
	struct network_link link;
	size_t at;

	if (store_get_network(d->store, e->network_id, &n, err) != 0)
		return -1;
	/* those that lead outside come before those that do not */
	at = n.settings.internal ? view->member.nendpoints : (*outside)++;
	insert(view, at, e, &n, driver);
	if (at == 0) {
		link = network_link_of(&n);
		network_resolver(d->host, &link, view->resolver);
	}
	return 0;
}

int network_view_read(struct daemon *d, const struct container *c, const char *but,
	struct network_view *view, struct error *err)
{
	struct network_endpoint *list;
	enum network_driver driver;
	size_t n, outside = 0;
	int result = 0;

	*view = (struct network_view){0};
	if (network_driver_of(c->config, &driver, err) != 0 ||
		store_list_endpoints(d->store, NULL, c->id, &list, &n, err) != 0)
		return -1;
	memcpy(view->member.id, c->id, sizeof(view->member.id));
	view->member.name = xstrdup(c->name);
	view->member.places = xcalloc(n + 1, sizeof(*view->member.places));
	view->member.endpoints = xcalloc(n + 1, sizeof(*view->member.endpoints));
	view->member.aliases = xcalloc(n + 1, sizeof(*view->member.aliases));
	for (size_t i = 0; i < n && result == 0; i++)
		if (but == NULL || strcmp(list[i].id, but) != 0) {
			view->old_hardware |= !list[i].by_address;
			result = read_endpoint(d, view, driver, &list[i], &outside, err);
		}
	free(list);
	if (result == 0)
		result = store_list_ports(
			d->store, c->id, &view->member.ports, &view->member.nports, err);
	if (result != 0)
		network_view_free(view);
	return result;
}

void network_view_free(struct network_view *view)
{
	net_member_free(&view->member);
	*view = (struct network_view){0};
}

/* ---- launch and changes ---- */

static bool is_member(enum network_driver driver)
{
	return driver == DRIVER_IPNET || driver == DRIVER_VNET;
}

static int make_missing(struct daemon *d, const char *id, struct error *err)
{
	AUTO(network_free) struct network n = {0};
	struct network_link link;

	if (store_get_network(d->store, id, &n, err) != 0)
		return -1;
	link = network_link_of(&n);
	if (network_make(d->host, &link, err) != 0)
		return error_prefix(err, "network %s", n.name);
	netstate_set_missing(d->netstate, id, false);
	network_listen(d, &n);
	log_notice("network %s is there again, interface %s", n.name, n.interface);
	return 0;
}

int networks_make_missing(struct daemon *d, const struct network_view *view, struct error *err)
{
	for (size_t i = 0; i < view->member.nendpoints; i++) {
		const char *id = view->member.endpoints[i].network_id;

		if (netstate_is_missing(d->netstate, id) && make_missing(d, id, err) != 0)
			return -1;
	}
	return 0;
}

/* The container does not run: now its hardware addresses may become others. */
static int read_for_launch(
	struct daemon *d, const struct container *c, struct network_view *view, struct error *err)
{
	if (network_view_read(d, c, NULL, view, err) != 0)
		return -1;
	if (!view->old_hardware)
		return 0;
	network_view_free(view);
	if (store_renew_hardware(d->store, c->id, err) != 0)
		return -1;
	return network_view_read(d, c, NULL, view, err);
}

/*
 * A container knows its own name, with networks or without. What a build makes is to be as its
 * steps have made it, where nobody asked for names.
 */
static bool wants_files(struct daemon *d, const struct container *c, const char *hostname)
{
	return (hostname[0] != '\0' && strcmp(hostname, c->id) != 0) ||
	       json_array_size(json_object_get(c->config, "extra_hosts")) > 0 ||
	       json_array_size(json_object_get(c->config, "dns")) > 0 ||
	       !store_is_build_container(d->store, c->id);
}

int networks_prepare(struct daemon *d, const struct container *c, const char *hostname,
	struct network_view *view, struct jail_config *jail, struct error *err)
{
	const char *driver = json_string_value(json_object_get(c->config, "network_driver"));
	const struct net_member *m = &view->member;

	if (driver != NULL && network_driver_parse(driver, &jail->driver, err) != 0)
		return -1;
	if (!is_member(jail->driver))
		return wants_files(d, c, hostname)
			       ? network_files_make(d, c, hostname, view, jail, err)
			       : 0;
	if (read_for_launch(d, c, view, err) != 0 || networks_make_missing(d, view, err) != 0 ||
		network_files_make(d, c, hostname, view, jail, err) != 0)
		return -1;
	jail->nendpoints = m->nendpoints;
	jail->endpoints = xcalloc(m->nendpoints, sizeof(*jail->endpoints));
	if (m->nendpoints > 0)
		memcpy(jail->endpoints, m->places, m->nendpoints * sizeof(*jail->endpoints));
	return 0;
}

/*
 * Lets what goes to the host's loopback addresses out to the container that has published a port
 * there.
 */
static int allow_loopback(struct daemon *d, const struct network_view *view, struct error *err)
{
	const struct net_member *m = &view->member;
	bool wanted = false;
	int result = 0;

	for (size_t i = 0; i < m->nports && !wanted; i++)
		wanted = netstate_is_on_loopback(d->netstate, &m->ports[i]);
	for (size_t i = 0; wanted && i < m->nendpoints && result == 0; i++)
		result = network_allow_loopback(d->host, &m->places[i], err);
	return result;
}

/* Chooses numbers for ports that are to have any, and notes them; anew: all of them. */
static int choose_ports(struct daemon *d, struct net_member *m, bool anew, struct error *err)
{
	bool any = false;

	for (size_t i = 0; i < m->nports; i++)
		any |= m->ports[i].open && (anew || m->ports[i].low == 0);
	if (!any)
		return 0;
	if (netstate_choose_ports(d->netstate, m, anew, err) != 0)
		return -1;
	if (store_choose_ports(d->store, m->id, m->ports, m->nports, err) == 0)
		return 0;
	netstate_put_back(d->netstate, m);
	return -1;
}

int networks_admit(
	struct daemon *d, const struct container *c, struct network_view *view, struct error *err)
{
	if (allow_loopback(d, view, err) != 0 || choose_ports(d, &view->member, false, err) != 0)
		return -1;
	if (netstate_put(d->netstate, &view->member, err) != 0)
		return -1;
	network_files_update(d, c, view);
	return 0;
}

/* Networks that are no bridges get the resolver's address with their first container. */
static void listen_for(struct daemon *d, const struct network_view *view)
{
	for (int i = 0; i < FAMILIES && d->resolver != NULL; i++)
		if (!address_is_none(&view->resolver[i]))
			netnames_listen(d, &view->resolver[i]);
}

int networks_join(struct daemon *d, struct network_view *view, struct error *err)
{
	if (view->member.nendpoints == 0)
		return 0;
	if (allow_loopback(d, view, err) != 0)
		return -1;
	listen_for(d, view);
	if (netstate_try_ports(d->netstate, &view->member, err) != 0 ||
		choose_ports(d, &view->member, true, err) != 0)
		return -1;
	return netstate_put(d->netstate, &view->member, err);
}

void networks_leave(struct daemon *d, const char *id)
{
	netstate_drop(d->netstate, id);
}

/* ---- networks themselves ---- */

struct network_link network_link_of(const struct network *n)
{
	struct network_link link = {.type = n->settings.type};

	memcpy(link.id, n->id, sizeof(link.id));
	memcpy(link.interface, n->interface, sizeof(link.interface));
	for (int i = 0; i < FAMILIES; i++) {
		link.subnet[i] = n->settings.subnet[i];
		if (n->settings.gateway_is_host[i])
			link.gateway[i] = n->settings.gateway[i];
	}
	return link;
}

void network_listen(struct daemon *d, const struct network *n)
{
	const struct network_link link = network_link_of(n);
	struct address addresses[FAMILIES];
	char text[ADDRESS_TEXT_MAX];
	struct error err;

	network_resolver(d->host, &link, addresses);
	for (int i = 0; i < FAMILIES && d->resolver != NULL; i++)
		if (!address_is_none(&addresses[i]) &&
			resolver_listen(d->resolver, &addresses[i], RESOLVER_PORT, &err) != 0)
			log_debug("network %s: no names at %s: %s", n->name,
				address_format(&addresses[i], text), err.message);
}
