/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/mem.h"
#include "network/netstate_private.h"

void net_member_free(struct net_member *m)
{
	free(m->name);
	free(m->endpoints);
	free(m->places);
	free(m->aliases);
	free(m->ports);
	*m = (struct net_member){0};
}

struct net_member net_member_copy(const struct net_member *m)
{
	struct net_member copy = *m;

	copy.name = xstrdup(m->name);
	copy.endpoints = xcalloc(m->nendpoints, sizeof(*copy.endpoints));
	copy.places = xcalloc(m->nendpoints, sizeof(*copy.places));
	copy.aliases = xcalloc(m->nendpoints, sizeof(*copy.aliases));
	copy.ports = xcalloc(m->nports, sizeof(*copy.ports));
	if (m->nendpoints > 0) {
		memcpy(copy.endpoints, m->endpoints, m->nendpoints * sizeof(*copy.endpoints));
		memcpy(copy.places, m->places, m->nendpoints * sizeof(*copy.places));
		memcpy(copy.aliases, m->aliases, m->nendpoints * sizeof(*copy.aliases));
	}
	if (m->nports > 0)
		memcpy(copy.ports, m->ports, m->nports * sizeof(*copy.ports));
	return copy;
}
