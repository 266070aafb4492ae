/* SPDX-License-Identifier: BSD-2-Clause */
/* Connecting containers to networks and disconnecting them; the endpoints as the API shows them. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "container/networks.h"
#include "daemon/daemon.h"
#include "net/settings.h"
#include "network/netstate.h"
#include "runtime/runtime.h"

int networks_choose_driver(
	struct daemon *d, json_t *config, const json_t *networks, struct error *err)
{
	const char *driver = NULL;
	const json_t *item;
	size_t i;

	if (json_object_get(config, "network_driver") != NULL)
		return 0;
	json_array_foreach ((json_t *)(uintptr_t)networks, i, item) {
		const char *ref = json_string_value(json_object_get(item, "network"));
		AUTO(network_free) struct network n = {0};
		char id[ID_LEN + 1];

		if (store_find_network(d->store, ref, id, err) != 0 ||
			store_get_network(d->store, id, &n, err) != 0)
			return -1;
		driver = json_string_value(json_object_get(n.config, "driver"));
		if (driver != NULL) {
			json_object_set_new(config, "network_driver", json_string(driver));
			return 0;
		}
	}
	json_object_set_new(config, "network_driver", json_string(driver ? driver : "ipnet"));
	return 0;
}

/* ---- connecting ---- */

static int read_wish(const json_t *config, const char *key, enum family_index family,
	struct address_wish *wish, struct error *err)
{
	const char *text = json_string_value(json_object_get(config, key));

	*wish = (struct address_wish){.kind = WISH_ANY};
	if (text == NULL || strcmp(text, ADDRESS_AUTO) == 0)
		return 0;
	if (text[0] == '\0') {
		wish->kind = WISH_NONE;
		return 0;
	}
	wish->kind = WISH_GIVEN;
	if (address_parse(text, family_of[family], &wish->address, err) != 0)
		return error_prefix(err, "%s", key);
	return 0;
}

/* Further names, as endpoints have them; each must be one that a container could have. */
static int read_aliases(const json_t *config, char aliases[ALIASES_MAX], struct error *err)
{
	const json_t *item;
	size_t i, len = 0;

	aliases[0] = '\0';
	json_array_foreach (json_object_get(config, "aliases"), i, item) {
		const char *name = json_string_value(item);

		if (!name_valid(name))
			return error_set(err, ERROR_INVALID,
				"bad alias '%s': 1 to 63 letters, digits, '_', '.' or '-', "
				"beginning with a letter or digit",
				name);
		if (len + strlen(name) + 2 > ALIASES_MAX)
			return error_set(err, ERROR_INVALID,
				"aliases: there are more than fit into %d bytes", ALIASES_MAX);
		len += (size_t)snprintf(
			aliases + len, ALIASES_MAX - len, "%s%s", i > 0 ? " " : "", name);
	}
	return 0;
}

/* Makes the endpoint of a container that runs: it is in the view. */
static int connect_running(struct daemon *d, const struct container *c, int number,
	const struct network_endpoint *e, struct error *err)
{
	AUTO(network_view_free) struct network_view view = {0};
	const struct jail_endpoint *own = NULL;
	struct error ignored;

	if (network_view_read(d, c, NULL, &view, err) != 0)
		return -1;
	for (size_t i = 0; i < view.member.nendpoints; i++)
		if (strcmp(view.member.places[i].id, e->id) == 0)
			own = &view.member.places[i];
	if (own == NULL)
		return error_set(err, ERROR_NOT_FOUND, "endpoint %s has gone", e->id);
	/* what its packets may be is known before there is a way for them */
	if (networks_make_missing(d, &view, err) != 0 ||
		netstate_put(d->netstate, &view.member, err) != 0 ||
		endpoint_connect(
			d->host, number, own, view.member.places, view.member.nendpoints, err) != 0)
		return -1;
	if (networks_admit(d, c, &view, err) == 0)
		return 0;
	endpoint_disconnect(d->host, number, own, NULL, 0, &ignored);
	return -1;
}

/* Reserves what an EndPointConfig says. */
static int add_endpoint(struct daemon *d, const struct container *c, bool running,
	const json_t *config, struct network_endpoint *e, struct error *err)
{
	const char *network = json_string_value(json_object_get(config, "network"));
	AUTO(network_free) struct network n = {0};
	struct address_wish wish[FAMILIES];
	enum network_driver driver;
	char id[ID_LEN + 1], network_id[ID_LEN + 1], aliases[ALIASES_MAX];

	if (read_aliases(config, aliases, err) != 0 ||
		read_wish(config, "ip_address", IPV4, &wish[IPV4], err) != 0 ||
		read_wish(config, "ip_address6", IPV6, &wish[IPV6], err) != 0) {
		err->kind = ERROR_CONFLICT; /* what the API has for a bad configuration */
		return -1;
	}
	if (store_find_network(d->store, network, network_id, err) != 0 ||
		store_get_network(d->store, network_id, &n, err) != 0 ||
		network_driver_of(c->config, &driver, err) != 0 ||
		driver_check_join(driver, n.settings.type, running, err) != 0)
		return -1;
	id_new(id);
	return store_add_endpoint(d->store, id, n.id, c->id, wish, aliases, e, err);
}

int networks_reserve(
	struct daemon *d, const struct container *c, const json_t *networks, struct error *err)
{
	struct network_endpoint e;
	const json_t *config;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)networks, i, config)
		if (add_endpoint(d, c, false, config, &e, err) != 0)
			return -1;
	return 0;
}

/*
 * Connecting has failed, and has taken back what it had made; the row must go in any case, or the
 * container would count as connected.
 */
static void forget(struct daemon *d, const struct network_endpoint *e)
{
	struct error err;

	if (network_endpoint_remove(d, e, &err) == 0)
		return;
	log_error("%s", err.message);
	if (store_drop_endpoint(d->store, e->id, &err) != 0)
		log_error("%s", err.message);
}

int networks_connect(struct daemon *d, const char *id, const json_t *config, struct error *err)
{
	AUTO(held_release) struct held held = hold(d->locks, id);
	AUTO(container_free) struct container c = {0};
	struct network_endpoint e;
	int number = 0;
	bool running = runtime_is_running(d->runtime, id, &number);

	if (store_get_container(d->store, id, &c, err) != 0 ||
		add_endpoint(d, &c, running, config, &e, err) != 0)
		return -1;
	if ((!running || connect_running(d, &c, number, &e, err) == 0) &&
		store_endpoint_ready(d->store, e.id, err) == 0)
		return 0;
	forget(d, &e);
	return -1;
}

int network_connect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *container = json_string_value(json_object_get(req->body, "container"));
	char id[ID_LEN + 1];

	if (container == NULL || container[0] == '\0')
		return error_set(err, ERROR_INVALID, "container: which is to be connected?");
	if (store_find_container(d->store, container, id, err) != 0)
		return -1;
	return networks_connect(d, id, req->body, err);
}

/* ---- disconnecting ---- */

/* Takes the endpoint from the rules, and from the container if that runs. */
static int take_away(struct daemon *d, const struct container *c, const struct network_endpoint *e,
	struct error *err)
{
	AUTO(network_view_free) struct network_view all = {0};
	AUTO(network_view_free) struct network_view rest = {0};
	const struct jail_endpoint *own = NULL;
	int number = 0;

	if (network_view_read(d, c, NULL, &all, err) != 0 ||
		network_view_read(d, c, e->id, &rest, err) != 0)
		return -1;
	for (size_t i = 0; i < all.member.nendpoints; i++)
		if (strcmp(all.member.places[i].id, e->id) == 0)
			own = &all.member.places[i];
	if (own == NULL || !runtime_is_running(d->runtime, c->id, &number))
		return 0;
	/* as long as there is a way for its packets, it is known what they may be */
	if (endpoint_disconnect(
		    d->host, number, own, rest.member.places, rest.member.nendpoints, err) != 0)
		return -1;
	return networks_admit(d, c, &rest, err);
}

int network_endpoint_remove(struct daemon *d, const struct network_endpoint *e, struct error *err)
{
	AUTO(container_free) struct container c = {0};
	struct error ignored;

	/* one that was never ready cannot be marked, and need not be */
	store_removing_endpoint(d->store, e->id, &ignored);
	if (store_get_container(d->store, e->container_id, &c, err) != 0 ||
		take_away(d, &c, e, err) != 0)
		return -1;
	return store_drop_endpoint(d->store, e->id, err);
}

int network_disconnect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	char id[ID_LEN + 1], network[ID_LEN + 1];
	struct network_endpoint e;

	if (store_find_network(d->store, req->path[0], network, err) != 0 ||
		store_find_container(d->store, req->path[1], id, err) != 0)
		return -1;
	AUTO(held_release) struct held held = hold(d->locks, id);

	if (store_find_endpoint(d->store, network, id, &e, err) != 0) {
		if (err->kind == ERROR_NOT_FOUND)
			error_set(err, ERROR_CONFLICT,
				"container '%s' is not connected to network '%s'", req->path[1],
				req->path[0]);
		return -1;
	}
	return network_endpoint_remove(d, &e, err);
}

/* ---- updates of a container's configuration ---- */

int networks_check_update(
	struct daemon *d, const struct container *c, const json_t *before, struct error *err)
{
	const char *old = json_string_value(json_object_get(before, "network_driver"));
	const char *name = json_string_value(json_object_get(c->config, "network_driver"));
	AUTO(network_view_free) struct network_view view = {0};
	enum network_driver driver;

	if (name == NULL || (old != NULL && strcmp(old, name) == 0))
		return 0;
	if (network_driver_parse(name, &driver, err) != 0)
		return -1;
	if (runtime_is_running(d->runtime, c->id, NULL))
		return error_set(err, ERROR_CONFLICT,
			"container %s is running: its network driver can be changed when it is "
			"stopped",
			c->id);
	if (network_view_read(d, c, NULL, &view, err) != 0)
		return -1;
	for (size_t i = 0; i < view.member.nendpoints; i++)
		if (driver_check_join(driver, view.member.places[i].type, false, err) != 0)
			return error_prefix(err, "disconnect container %s first", c->name);
	return 0;
}

int networks_update(struct daemon *d, const char *id, struct error *err)
{
	AUTO(network_view_free) struct network_view view = {0};
	AUTO(container_free) struct container c = {0};

	if (!runtime_is_running(d->runtime, id, NULL))
		return 0;
	if (store_get_container(d->store, id, &c, err) != 0 ||
		network_view_read(d, &c, NULL, &view, err) != 0)
		return -1;
	return view.member.nendpoints > 0 ? networks_admit(d, &c, &view, err) : 0;
}

/* ---- answers ---- */

static bool is_vnet(struct daemon *d, const char *container)
{
	AUTO(container_free) struct container c = {0};
	enum network_driver driver;
	struct error ignored;

	return store_get_container(d->store, container, &c, &ignored) == 0 &&
	       network_driver_of(c.config, &driver, &ignored) == 0 && driver == DRIVER_VNET;
}

static json_t *aliases_json(const char *text)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *rest = copy;
	json_t *list = json_array();

	for (char *name; (name = strsep(&rest, " ")) != NULL;)
		if (*name != '\0')
			json_array_append_new(list, json_string(name));
	return list;
}

static json_t *endpoint_json(struct daemon *d, const struct network_endpoint *e)
{
	char text[FAMILIES][ADDRESS_TEXT_MAX], interface[INTERFACE_MAX];
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", e->id, "network_id",
		e->network_id, "container_id", e->container_id, "ip_address",
		address_format(&e->address[IPV4], text[IPV4]), "ip_address6",
		address_format(&e->address[IPV6], text[IPV6]));

	json_object_set_new(json, "aliases", aliases_json(e->aliases));
	endpoint_interface(e->id, interface);
	json_object_set_new(json, "epair",
		is_vnet(d, e->container_id) && runtime_is_running(d->runtime, e->container_id, NULL)
			? json_string(interface)
			: json_null());
	return json;
}

int networks_append_endpoints(struct daemon *d, const char *network, const char *container,
	json_t *list, struct error *err)
{
	struct network_endpoint *places;
	size_t n;

	if (store_list_endpoints(d->store, network, container, &places, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		/* one whose removal has failed is still taken: disconnecting it again goes on */
		if (places[i].state != STATE_CREATING)
			json_array_append_new(list, endpoint_json(d, &places[i]));
	free(places);
	return 0;
}
