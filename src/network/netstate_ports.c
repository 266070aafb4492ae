/* SPDX-License-Identifier: BSD-2-Clause */
/* Published ports of members, and the sockets that hold them (port_holds.h). */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "host/port.h"
#include "network/netstate_private.h"

#define CHOICES_MAX 64

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

static bool overlap(const struct published_port *p, const struct published_port *q)
{
	return p->protocol == q->protocol && p->low <= q->high && q->low <= p->high;
}

/* At an address where both are redirected, the port would lead to one of both. */
static int check_port(const struct firewall *own, const struct published_port *p,
	const struct firewall *other, const struct published_port *q, const char *name,
	struct error *err)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < own->nhost; i++) {
		const struct firewall_host_address *h = &own->host[i];

		if (firewall_redirects(own, p, h) && firewall_redirects(other, q, h))
			return error_set(err, ERROR_CONFLICT,
				"port %u/%s of %s is already published by container '%s'",
				p->low > q->low ? p->low : q->low, protocol_names[p->protocol],
				address_format(&h->address, text), name);
	}
	return 0;
}

static int check_other(const struct netstate *s, const struct firewall *own,
	const struct net_member *other, struct error *err)
{
	for (size_t i = 0; i < own->nports; i++) {
		for (size_t k = 0; k < other->nports; k++) {
			AUTO_FREE struct firewall_network *networks = NULL;
			struct firewall fw;

			if (!overlap(&own->ports[i], &other->ports[k]))
				continue;
			fw = model_of(s, other, &networks);
			if (check_port(own, &own->ports[i], &fw, &other->ports[k], other->name,
				    err) != 0)
				return -1;
		}
	}
	return 0;
}

/*
 * That nobody else who runs has one of the ports at one of the addresses. The store knows what is
 * at the same place; but an address is its interface's, too, and one of all.
 */
static int check_others(const struct netstate *s, const struct net_member *m,
	const struct firewall *own, struct error *err)
{
	for (size_t i = 0; i < s->nmembers; i++)
		if (strcmp(s->members[i].id, m->id) != 0 &&
			check_other(s, own, &s->members[i], err) != 0)
			return -1;
	return 0;
}

int netstate_take_ports(struct netstate *s, const struct net_member *m, struct error *err)
{
	AUTO_FREE struct firewall_network *networks = NULL;
	const struct firewall fw = model_of(s, m, &networks);
	int result;

	if (check_others(s, m, &fw, err) != 0)
		return -1;
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

/* Open ports of one port of the container, which are to have one number. */
static bool same_port(const struct published_port *p, const struct published_port *q)
{
	return p->open && q->open && p->protocol == q->protocol && p->target == q->target;
}

/* Chooses a number for the port and its like; what is found to be taken is passed over. */
static int choose(struct netstate *s, struct net_member *m, const struct published_port *like,
	struct error *err)
{
	AUTO_FREE struct published_port *ports = xcalloc(m->nports, sizeof(*ports));
	struct net_member only = *m;

	only.ports = ports;
	only.nports = 0;
	for (size_t i = 0; i < m->nports; i++)
		if (same_port(&m->ports[i], like))
			ports[only.nports++] = m->ports[i];
	for (unsigned int tries = 0; tries < CHOICES_MAX; tries++) {
		unsigned int number = port_find_free(like->protocol);

		if (number == 0)
			return error_errno(err, errno, "cannot find a free port");
		for (size_t i = 0; i < only.nports; i++)
			ports[i].low = ports[i].high = number;
		if (netstate_take_ports(s, &only, err) == 0) {
			for (size_t i = 0; i < m->nports; i++)
				if (same_port(&m->ports[i], &ports[0]))
					m->ports[i].low = m->ports[i].high = number;
			return 0;
		}
		if (err->kind != ERROR_CONFLICT)
			return -1;
	}
	return error_set(err, ERROR_CONFLICT, "no port of the host was found free for port %u/%s",
		like->target, protocol_names[like->protocol]);
}

int netstate_choose_ports(struct netstate *s, struct net_member *m, bool anew, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < m->nports; i++)
		if (m->ports[i].open && anew)
			m->ports[i].low = m->ports[i].high = 0;
	netstate_lock(s);
	for (size_t i = 0; i < m->nports && result == 0; i++)
		if (m->ports[i].open && m->ports[i].low == 0)
			result = choose(s, m, &m->ports[i], err);
	netstate_unlock(s);
	if (result != 0)
		netstate_put_back(s, m);
	return result;
}

void netstate_put_back(struct netstate *s, const struct net_member *m)
{
	struct net_member nothing = {0};
	const struct net_member *there;

	memcpy(nothing.id, m->id, sizeof(nothing.id));
	netstate_lock(s);
	there = netstate_member(s, m->id);
	netstate_keep_ports(s, there != NULL ? there : &nothing);
	netstate_unlock(s);
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
