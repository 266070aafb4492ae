/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks as a whole. */
#include "container/networks.h"

#include <string.h>

#include "base/log.h"
#include "container/containers.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "network/netnames.h"
#include "network/netstate.h"

#define MAKE_TRIES 4 /* somebody else may take the name of an interface that was free */

/* Those of bridges are theirs alone; others share theirs, which stay. */
static void stop_listening(struct daemon *d, const struct network *n)
{
	for (int i = 0; i < FAMILIES && d->resolver != NULL; i++)
		if (n->settings.gateway_is_host[i])
			resolver_unlisten(d->resolver, &n->settings.gateway[i], RESOLVER_PORT);
}

/* ---- creating ---- */

/* What is wanted beside the network itself, and what is to be said of it. */
struct wish {
	bool any_subnet; /* one is chosen */
	bool force; /* also where the host reaches the subnet already */
	struct strings warnings;
};

/*
 * A subnet that an interface of the host's has would be two things. What else the host has a route
 * for, as a VPN's halves of all there is, the network hides: that may be meant.
 */
static int check_routes(
	const struct network *n, const struct host_view *view, struct wish *wish, struct error *err)
{
	for (size_t k = 0; k < view->nroutes; k++) {
		const struct host_route *r = &view->routes[k];
		int i = (int)family_index(r->to.base.family);
		const struct subnet *subnet = &n->settings.subnet[i];
		char own[SUBNET_TEXT_MAX], other[SUBNET_TEXT_MAX];

		/* that of a custom network is where its interface leads to */
		if (address_is_none(&subnet->base) || !subnet_overlaps(subnet, &r->to) ||
			(n->settings.type == NETWORK_CUSTOM &&
				strcmp(r->interface, n->interface) == 0))
			continue;
		subnet_format(subnet, own);
		subnet_format(&r->to, other);
		if (r->own && !wish->force)
			return error_set(err, ERROR_CONFLICT,
				"subnet %s overlaps %s, which the host reaches by interface %s; to "
				"have it all the same: force",
				own, other, r->interface);
		AUTO_FREE char *warning = xasprintf("subnet %s overlaps %s, which the host reaches "
						    "by interface %s: the network hides that part",
			own, other, r->interface);

		strings_add(&wish->warnings, warning);
	}
	return 0;
}

static int check_nat(const struct network *n, const struct host_view *view, struct error *err)
{
	const char *name = n->settings.nat_interface;

	if (name[0] == '\0' || strings_has(&view->interfaces, name))
		return 0;
	return error_set(err, ERROR_CONFLICT, "nat: the host has no interface '%s'", name);
}

void network_need_forwarding(const struct network *n, bool families[FAMILIES])
{
	if (n->settings.type == NETWORK_BRIDGE && n->settings.internal)
		return;
	for (int i = 0; i < FAMILIES; i++)
		families[i] |= !address_is_none(&n->settings.subnet[i].base);
}

/* The host has addresses of its own in the subnet of a custom network. */
static int reserve_host_addresses(
	struct daemon *d, const struct network *n, const struct host_view *view, struct error *err)
{
	for (size_t k = 0; k < view->naddresses; k++) {
		const struct address *a = &view->addresses[k].address;
		const struct subnet *subnet = &n->settings.subnet[family_index(a->family)];

		if (!address_is_none(&subnet->base) && subnet_contains(subnet, a) &&
			store_reserve_address(d->store, n->id, a, err) != 0)
			return -1;
	}
	return 0;
}

/* Makes a network that is in the store. On failure nothing of it is left on the host. */
static int make_on_host(struct daemon *d, const struct network *n, const struct host_view *view,
	struct wish *wish, struct error *err)
{
	const struct network_link link = network_link_of(n);
	bool families[FAMILIES] = {false};
	struct error ignored;

	network_need_forwarding(n, families);
	if (check_routes(n, view, wish, err) != 0 || check_nat(n, view, err) != 0 ||
		reserve_host_addresses(d, n, view, err) != 0 ||
		network_make(d->host, &link, err) != 0)
		return -1;
	if (network_forward(d->host, families, err) == 0 &&
		netstate_add(d->netstate, n, err) == 0) {
		network_listen(d, n);
		if (store_network_ready(d->store, n->id, err) == 0)
			return 0;
		stop_listening(d, n);
		netstate_remove(d->netstate, n->id, &ignored);
	}
	network_unmake(d->host, &link, &ignored);
	return -1;
}

/* Inserts it and makes it, with another interface if somebody has just taken that one. */
static int make(struct daemon *d, struct network *n, struct wish *wish, struct error *err)
{
	struct error ignored;
	int result = -1;

	for (int i = 0; i < MAKE_TRIES && result != 0; i++) {
		AUTO(host_view_free) struct host_view view = {0};

		strings_free(&wish->warnings);
		if (host_view_read(d->host, &view, err) != 0 ||
			(wish->any_subnet && network_choose_subnets(d, &view, n->config, err) != 0))
			return -1;
		if (store_add_network(d->store, n, &view.interfaces, err) != 0) {
			/* somebody else may have taken what was chosen */
			if (wish->any_subnet && err->kind == ERROR_CONFLICT && i + 1 < MAKE_TRIES)
				continue;
			return -1;
		}
		result = make_on_host(d, n, &view, wish, err);
		if (result == 0)
			break;
		store_drop_network(d->store, n->id, &ignored);
		if (err->kind != ERROR_CONFLICT || n->settings.type == NETWORK_CUSTOM ||
			strings_has(&view.interfaces, n->interface))
			break;
		/* only if it was the interface's name is there anything else to try */
		host_view_free(&view);
		if (host_view_read(d->host, &view, &ignored) != 0 ||
			!strings_has(&view.interfaces, n->interface))
			break;
	}
	return result;
}

static bool has_subnet(const json_t *config)
{
	const char *four = json_string_value(json_object_get(config, "subnet"));
	const char *six = json_string_value(json_object_get(config, "subnet6"));

	return (four != NULL && four[0] != '\0') || (six != NULL && six[0] != '\0');
}

/* Of a configuration, what is no part of the network's. */
static void take_wish(json_t *config, struct wish *wish)
{
	const char *type = json_string_value(json_object_get(config, "type"));

	*wish = (struct wish){.force = json_is_true(json_object_get(config, "force"))};
	/* that of a custom network is where its interface leads to */
	wish->any_subnet = !has_subnet(config) &&
			   (type == NULL || strcmp(type, network_type_names[NETWORK_CUSTOM]) != 0);
	json_object_del(config, "force");
}

static void free_wish(struct wish *wish)
{
	strings_free(&wish->warnings);
}

static void add_warnings(const struct network *n, const struct wish *wish, json_t *answer)
{
	json_t *list = json_array();

	for (size_t i = 0; i < wish->warnings.n; i++) {
		log_warning("network %s (%s): %s", n->id, n->name, wish->warnings.v[i]);
		json_array_append_new(list, json_string(wish->warnings.v[i]));
	}
	if (wish->warnings.n > 0)
		json_object_set(answer, "warnings", list);
	json_decref(list);
}

int network_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *name = json_string_value(json_object_get(req->body, "name"));
	AUTO(network_free) struct network n = {0};
	AUTO(free_wish) struct wish wish = {0};
	char created[32];

	if (name == NULL || !name_valid(name) || strcmp(name, "host") == 0)
		return error_set(err, ERROR_CONFLICT,
			"bad network name '%s': 1 to 63 letters, digits, '_', '.' or '-', "
			"beginning with a letter or digit, and not 'host'",
			name ? name : "");
	timestamp(created);
	id_new(n.id);
	n.name = xstrdup(name);
	n.created = xstrdup(created);
	n.config = json_deep_copy(req->body);
	json_object_del(n.config, "name");
	take_wish(n.config, &wish);
	if (make(d, &n, &wish, err) != 0)
		return -1;
	log_info("network %s (%s) has been created, interface %s", n.id, n.name, n.interface);
	res->body = id_response(n.id);
	add_warnings(&n, &wish, res->body);
	return 0;
}

/* ---- showing ---- */

static json_t *network_json(struct daemon *d, const struct network *n)
{
	static const char *const gateways[FAMILIES] = {"gateway", "gateway6"};
	const struct network_settings *settings = &n->settings;
	json_t *json = json_deep_copy(n->config);
	char gateway[INTERFACE_MAX], text[ADDRESS_TEXT_MAX];
	const char *nat = "";
	struct error ignored;

	if (settings->nat && settings->nat_interface[0] != '\0')
		nat = settings->nat_interface;
	else if (settings->nat && netstate_gateway(d->netstate, gateway, &ignored))
		nat = gateway;
	json_object_update_new(
		json, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", n->id, "name", n->name,
			      "type", network_type_names[settings->type], "interface", n->interface,
			      "nat", nat, "created", n->created));
	for (int i = 0; i < FAMILIES; i++)
		json_object_set_new(json, gateways[i],
			json_string(address_format(&settings->gateway[i], text)));
	return json;
}

int network_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct network *list;
	size_t n;

	if (store_list_networks(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	res->body = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(res->body, network_json(d, &list[i]));
	network_list_free(list, n);
	return 0;
}

int network_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	AUTO(network_free) struct network n = {0};
	char id[ID_LEN + 1];
	json_t *list;

	if (store_find_network(d->store, req->path[0], id, err) != 0 ||
		store_get_network(d->store, id, &n, err) != 0)
		return -1;
	list = json_array();
	res->body =
		json_pack("{s:o, s:o}", "network", network_json(d, &n), "network_endpoints", list);
	return networks_append_endpoints(d, id, NULL, list, err);
}

/* ---- removing ---- */

/* Disconnects what is connected, each under its container's lock. */
static int remove_endpoints(struct daemon *d, const char *id, struct error *err)
{
	struct network_endpoint *list;
	int result = 0;
	size_t n;

	if (store_list_endpoints(d->store, id, NULL, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n && result == 0; i++) {
		AUTO(held_release) struct held held = hold(d->locks, list[i].container_id);

		result = network_endpoint_remove(d, &list[i], err);
		if (result != 0 && err->kind == ERROR_NOT_FOUND) /* its container has gone */
			result = 0;
	}
	free(list);
	return result;
}

int network_finish_removal(struct daemon *d, const char *id, struct error *err)
{
	AUTO(network_free) struct network n = {0};
	struct network_link link;

	if (store_get_any_network(d->store, id, &n, err) != 0 || remove_endpoints(d, id, err) != 0)
		return -1;
	link = network_link_of(&n);
	if (netstate_remove(d->netstate, id, err) != 0)
		return -1;
	stop_listening(d, &n);
	if (network_unmake(d->host, &link, err) != 0)
		return -1;
	return store_drop_network(d->store, id, err);
}

/* Marks a network for removal, and removes it. unused: as store_removing_network has it. */
static int remove_network(struct daemon *d, const char *id, bool unused, struct error *err)
{
	AUTO_FREE char *lock = dataset_name(NETWORK_REMOVAL_LOCK, id);
	AUTO(held_release) struct held held = hold(d->locks, lock);

	if (store_removing_network(d->store, id, unused, err) != 0)
		return -1;
	return remove_rest(d, REMOVE_NETWORK, id, err);
}

int network_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	char id[ID_LEN + 1];

	if (store_find_network(d->store, req->path[0], id, err) != 0 ||
		remove_network(d, id, request_unused(req), err) != 0)
		return -1;
	res->body = id_response(id);
	return 0;
}

int network_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct network *list;
	struct error why;
	size_t n;

	if (store_list_networks(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	res->body = json_array();
	for (size_t i = 0; i < n; i++)
		if (remove_network(d, list[i].id, true, &why) == 0)
			json_array_append_new(res->body, json_string(list[i].id));
	network_list_free(list, n);
	return 0;
}
