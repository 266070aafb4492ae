/* SPDX-License-Identifier: BSD-2-Clause */
#include "firewall/firewall.h"

#include <string.h>

const struct firewall_network *firewall_network(const struct firewall *fw, const char *id)
{
	for (size_t i = 0; i < fw->nnetworks; i++)
		if (strcmp(fw->networks[i].id, id) == 0)
			return &fw->networks[i];
	return NULL;
}

const struct firewall_endpoint *firewall_target(
	const struct firewall *fw, const char *container_id, enum family_index family)
{
	for (size_t i = 0; i < fw->nendpoints; i++) {
		const struct firewall_endpoint *e = &fw->endpoints[i];
		const struct firewall_network *n;

		if (strcmp(e->container_id, container_id) != 0 ||
			address_is_none(&e->address[family]))
			continue;
		n = firewall_network(fw, e->network_id);
		if (n != NULL && !n->internal)
			return e;
	}
	return NULL;
}

bool firewall_is_at(const struct published_port *p, const struct firewall_host_address *h)
{
	if (address_is_none(&p->address))
		return strcmp(h->interface, p->place) == 0;
	if (p->address.value == 0)
		return h->address.family == p->address.family && !h->network;
	return address_equal(&h->address, &p->address);
}

bool firewall_redirects(const struct firewall *fw, const struct published_port *p,
	const struct firewall_host_address *h)
{
	return p->low != 0 && firewall_is_at(p, h) &&
	       firewall_target(fw, p->container_id, family_index(h->address.family)) != NULL;
}
