/* SPDX-License-Identifier: BSD-2-Clause */
/* Published ports of containers: what their configuration asks for, the store's rows, answers. */
#include <string.h>

#include "daemon/daemon.h"
#include "network/joining.h"
#include "network/netstate.h"

#define BOTH_FAMILIES (1U << IPV4 | 1U << IPV6)

struct port_list {
	struct published_port *v;
	size_t n;
};

static void free_ports(struct port_list *list)
{
	free(list->v);
}

static int parse(struct daemon *d, const json_t *configs, const char *id, struct port_list *list,
	struct error *err)
{
	char gateway[INTERFACE_MAX];
	struct error why = {0};
	bool found = netstate_gateway(d->netstate, gateway, &why);
	json_t *config;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)configs, i, config) {
		if (!found && why.kind != ERROR_NONE &&
			json_array_size(json_object_get(config, "interfaces")) == 0) {
			*err = why;
			return -1;
		}
		if (published_port_parse(
			    config, id, found ? gateway : NULL, &list->v, &list->n, err) != 0)
			return -1;
	}
	return 0;
}

/* That the host has what the port is to be published on. */
static int check_place(struct daemon *d, const struct published_port *p, struct error *err)
{
	bool is_address = !address_is_none(&p->address);
	int there = is_address ? netstate_has_address(d->netstate, &p->address, err)
			       : netstate_has_interface(d->netstate, p->place, err);

	if (there != 0)
		return there < 0 ? -1 : 0;
	return error_set(err, ERROR_CONFLICT, "cannot publish port %u: the host has no %s '%s'",
		p->open ? p->target : p->low, is_address ? "address" : "interface", p->place);
}

int ports_check(struct daemon *d, const json_t *config, struct error *err)
{
	const json_t *configs = json_object_get(config, "public_ports");
	const char *name = json_string_value(json_object_get(config, "network_driver"));
	AUTO(free_ports) struct port_list list = {0};
	enum network_driver driver;

	if (json_array_size(configs) == 0)
		return 0;
	if (name != NULL && (network_driver_parse(name, &driver, err) != 0 ||
				    driver_check_publish(driver, err) != 0))
		return -1;
	if (parse(d, configs, "", &list, err) != 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (check_place(d, &list.v[i], err) != 0)
			return -1;
	return 0;
}

int ports_store(struct daemon *d, const char *id, const json_t *config, struct error *err)
{
	AUTO(free_ports) struct port_list list = {0};

	if (parse(d, json_object_get(config, "public_ports"), id, &list, err) != 0)
		return -1;
	return store_publish(d->store, id, list.v, list.n, BOTH_FAMILIES, err);
}

/* ---- answers ---- */

/* Where the ports lead, as firewall_target has it. */
static void find_target(
	const struct network_view *view, enum family_index family, char text[ADDRESS_TEXT_MAX])
{
	text[0] = '\0';
	for (size_t i = 0; i < view->member.nendpoints; i++) {
		const struct jail_endpoint *e = &view->member.places[i];

		if (e->internal || address_is_none(&e->address[family]))
			continue;
		address_format(&e->address[family], text);
		return;
	}
}

/* Whether the port is one of those that were asked for. */
static bool is_asked(const struct published_port *p, const struct published_port *asked)
{
	return p->open == asked->open && p->protocol == asked->protocol &&
	       p->target == asked->target && (p->open || p->low == asked->low);
}

/*
 * Says in an answer what was chosen: the interface, as none was named, which localhost goes without
 * saying with; and, while the container runs, the number of an open port.
 */
static void add_chosen(const struct network_view *view, bool running, json_t *port)
{
	AUTO(free_ports) struct port_list asked = {0};
	bool named = json_array_size(json_object_get(port, "interfaces")) > 0;
	struct error ignored;

	if (published_port_parse(port, "", "lo", &asked.v, &asked.n, &ignored) != 0)
		return;
	for (size_t i = 0; i < view->member.nports; i++) {
		const struct published_port *p = &view->member.ports[i];

		if (!is_asked(p, &asked.v[0]))
			continue;
		if (!named && address_is_none(&p->address))
			json_object_set_new(port, "interfaces", json_pack("[s]", p->place));
		if (p->open && running)
			json_object_set_new(port, "host_port", json_sprintf("%u", p->low));
	}
}

json_t *ports_json(struct daemon *d, const struct container *c)
{
	const json_t *configs = json_object_get(c->config, "public_ports");
	AUTO(network_view_free) struct network_view view = {0};
	char text[FAMILIES][ADDRESS_TEXT_MAX];
	bool running = netstate_has_member(d->netstate, c->id);
	json_t *list = json_array(), *config;
	struct error ignored;
	size_t i;

	if (json_array_size(configs) == 0 || network_view_read(d, c, NULL, &view, &ignored) != 0)
		return list;
	for (int k = 0; k < FAMILIES; k++)
		find_target(&view, (enum family_index)k, text[k]);
	json_array_foreach ((json_t *)(uintptr_t)configs, i, config) {
		json_t *port = json_deep_copy(config);

		add_chosen(&view, running, port);
		json_object_set_new(port, "ip_address", json_string(text[IPV4]));
		json_object_set_new(port, "ip_address6", json_string(text[IPV6]));
		json_array_append_new(list, port);
	}
	return list;
}
