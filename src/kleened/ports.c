/* Published ports of containers: what their configuration asks for, the store's rows, answers. */
#include <string.h>

#include "kleened/daemon.h"
#include "kleened/joining.h"
#include "kleened/netstate.h"

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
	for (size_t i = 0; i < list.n; i++) {
		int there = netstate_has_interface(d->netstate, list.v[i].interface, err);

		if (there == 0)
			error_set(err, ERROR_CONFLICT,
				"cannot publish port %u: the host has no interface '%s'",
				list.v[i].low, list.v[i].interface);
		if (there <= 0)
			return -1;
	}
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

/* The interface that the port was published on, as none was named. */
static const char *chosen_interface(const struct network_view *view, const json_t *config)
{
	struct published_port *asked = NULL;
	const char *interface = NULL;
	struct error ignored;
	size_t n = 0;

	if (published_port_parse(config, "", "lo", &asked, &n, &ignored) != 0)
		n = 0;
	for (size_t i = 0; n > 0 && i < view->member.nports && interface == NULL; i++) {
		const struct published_port *p = &view->member.ports[i];

		if (p->low == asked->low && p->protocol == asked->protocol)
			interface = p->interface;
	}
	free(asked);
	return interface;
}

json_t *ports_json(struct daemon *d, const struct container *c)
{
	const json_t *configs = json_object_get(c->config, "public_ports");
	AUTO(network_view_free) struct network_view view = {0};
	char text[FAMILIES][ADDRESS_TEXT_MAX];
	json_t *list = json_array(), *config;
	struct error ignored;
	size_t i;

	if (json_array_size(configs) == 0 || network_view_read(d, c, NULL, &view, &ignored) != 0)
		return list;
	for (int k = 0; k < FAMILIES; k++)
		find_target(&view, (enum family_index)k, text[k]);
	json_array_foreach ((json_t *)(uintptr_t)configs, i, config) {
		json_t *port = json_deep_copy(config);
		const char *interface;

		if (json_array_size(json_object_get(port, "interfaces")) == 0 &&
			(interface = chosen_interface(&view, config)) != NULL)
			json_object_set_new(port, "interfaces", json_pack("[s]", interface));
		json_object_set_new(port, "ip_address", json_string(text[IPV4]));
		json_object_set_new(port, "ip_address6", json_string(text[IPV6]));
		json_array_append_new(list, port);
	}
	return list;
}
