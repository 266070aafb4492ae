/* Published ports of members, and the sockets that hold them (port_holds.h). */
#include <string.h>

#include "base/log.h"
#include "kleened/netstate_private.h"

/* The model of one member; its networks are the caller's to free. */
static struct firewall model_of(
	const struct netstate *s, const struct net_member *m, struct firewall_network **networks)
{
	*networks = xcalloc(s->nnetworks + 1, sizeof(**networks));
	for (size_t i = 0; i < s->nnetworks; i++)
		(*networks)[i] = s->networks[i].model;
	return (struct firewall){.networks = *networks,
		.nnetworks = s->nnetworks,
		.endpoints = m->endpoints,
		.nendpoints = m->nendpoints,
		.ports = m->ports,
		.nports = m->nports,
		.host = s->host,
		.nhost = s->nhost};
}

int netstate_take_ports(struct netstate *s, const struct net_member *m, struct error *err)
{
	AUTO_FREE struct firewall_network *networks = NULL;
	const struct firewall fw = model_of(s, m, &networks);
	int result;

	/* who has a port otherwise is not found at once */
	pthread_mutex_unlock(&s->mutex);
	result = port_holds_take(&s->holds, &fw, m->id, err);
	pthread_mutex_lock(&s->mutex);
	return result;
}

void netstate_keep_ports(struct netstate *s, const struct net_member *m)
{
	AUTO_FREE struct firewall_network *networks = NULL;
	const struct firewall fw = model_of(s, m, &networks);

	port_holds_keep(&s->holds, &fw, m->id);
}

void netstate_hold_all(struct netstate *s)
{
	for (size_t i = 0; i < s->nmembers; i++) {
		AUTO_FREE struct firewall_network *networks = NULL;
		const struct net_member *m = &s->members[i];
		const struct firewall fw = model_of(s, m, &networks);
		struct error err;

		if (m->nports == 0)
			continue;
		if (port_holds_take(&s->holds, &fw, m->id, &err) != 0)
			log_warning("container %s: %s, and is redirected to the container all the "
				    "same",
				m->name, err.message);
		else
			port_holds_keep(&s->holds, &fw, m->id);
	}
}

int netstate_try_ports(struct netstate *s, const struct net_member *m, struct error *err)
{
	AUTO_FREE struct firewall_network *networks = NULL;
	struct firewall fw;
	int result = 0;

	pthread_mutex_lock(&s->mutex);
	fw = model_of(s, m, &networks);
	pthread_mutex_unlock(&s->mutex);
	for (int family = 0; family < FAMILIES && result == 0; family++) {
		const struct firewall_endpoint *e =
			firewall_target(&fw, m->id, (enum family_index)family);

		for (size_t i = 0;
			e != NULL && e->interface[0] == '\0' && i < m->nports && result == 0; i++)
			result = port_holds_try(&m->ports[i], &e->address[family], err);
	}
	return result;
}

void netstate_settle(struct netstate *s, const char *id)
{
	bool waits = false;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->ngone; i++)
		waits |= strcmp(s->gone[i].id, id) == 0;
	pthread_mutex_unlock(&s->mutex);
	if (waits)
		netstate_flush(s);
}
