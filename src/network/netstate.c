/* SPDX-License-Identifier: BSD-2-Clause */
#include "network/netstate.h"

#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "network/netstate_private.h"

struct net_member *netstate_member(const struct netstate *s, const char *id)
{
	for (size_t i = 0; i < s->nmembers; i++)
		if (strcmp(s->members[i].id, id) == 0)
			return &s->members[i];
	return NULL;
}

void netstate_lock(struct netstate *s)
{
	pthread_mutex_lock(&s->changing);
	pthread_mutex_lock(&s->mutex);
}

void netstate_unlock(struct netstate *s)
{
	pthread_mutex_unlock(&s->mutex);
	pthread_mutex_unlock(&s->changing);
}

/* ---- models ---- */

static struct firewall_network model_of(const struct netstate *s, const struct network *n)
{
	const struct network_settings *settings = &n->settings;
	struct firewall_network f = {
		.type = settings->type, .icc = settings->icc, .internal = settings->internal};

	memcpy(f.id, n->id, sizeof(f.id));
	memcpy(f.interface, n->interface, sizeof(f.interface));
	for (int i = 0; i < FAMILIES; i++) {
		f.subnet[i] = settings->subnet[i];
		if (settings->gateway_is_host[i])
			f.gateway[i] = settings->gateway[i];
	}
	if (settings->nat && settings->nat_interface[0] != '\0')
		memcpy(f.nat_interface, settings->nat_interface, sizeof(f.nat_interface));
	else if (settings->nat)
		memcpy(f.nat_interface, s->view.gateway, sizeof(f.nat_interface));
	return f;
}

/* A model without networks; the host's addresses are the state's. */
static struct firewall empty_model(const struct netstate *s)
{
	return (struct firewall){
		.instance = s->daemon->config->instance, .host = s->host, .nhost = s->nhost};
}

/* A change of the model, of what it has to do with alone. */
struct change {
	struct firewall_network *networks;
	struct firewall_endpoint *endpoints[2]; /* before and after */
	struct published_port *ports[2];
	struct firewall model[2];
};

static void change_begin(const struct netstate *s, struct change *c)
{
	*c = (struct change){.networks = xcalloc(s->nnetworks + 1, sizeof(*c->networks))};
	c->model[0] = c->model[1] = empty_model(s);
}

static void change_free(struct change *c)
{
	free(c->networks);
	for (int i = 0; i < 2; i++) {
		free(c->endpoints[i]);
		free(c->ports[i]);
	}
}

/* The networks of a member are in both models, once each. */
static void add_networks(const struct netstate *s, struct change *c, const struct net_member *m)
{
	for (size_t i = 0; i < m->nendpoints; i++) {
		const char *id = m->endpoints[i].network_id;
		size_t k = 0;

		while (k < s->nnetworks && strcmp(s->networks[k].model.id, id) != 0)
			k++;
		if (k == s->nnetworks || firewall_network(&c->model[0], id) != NULL)
			continue;
		c->networks[c->model[0].nnetworks++] = s->networks[k].model;
		c->model[0].networks = c->model[1].networks = c->networks;
		c->model[1].nnetworks = c->model[0].nnetworks;
	}
}

/* Adds a member to the model of before (0) or after (1). */
static void add_member(
	const struct netstate *s, struct change *c, int which, const struct net_member *m)
{
	struct firewall *fw = &c->model[which];

	add_networks(s, c, m);
	c->endpoints[which] = xrealloc(
		c->endpoints[which], (fw->nendpoints + m->nendpoints + 1) * sizeof(*fw->endpoints));
	c->ports[which] =
		xrealloc(c->ports[which], (fw->nports + m->nports + 1) * sizeof(*fw->ports));
	if (m->nendpoints > 0)
		memcpy(c->endpoints[which] + fw->nendpoints, m->endpoints,
			m->nendpoints * sizeof(*fw->endpoints));
	if (m->nports > 0)
		memcpy(c->ports[which] + fw->nports, m->ports, m->nports * sizeof(*fw->ports));
	fw->nendpoints += m->nendpoints;
	fw->nports += m->nports;
	fw->endpoints = c->endpoints[which];
	fw->ports = c->ports[which];
}

/* The filter knows that the first n have gone; it has not heard of those that came after. */
static void forget_gone(struct netstate *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (netstate_member(s, s->gone[i].id) == NULL)
			port_holds_keep(&s->holds, NULL, s->gone[i].id);
		net_member_free(&s->gone[i]);
	}
	s->ngone -= n;
	if (s->ngone > 0)
		memmove(s->gone, s->gone + n, s->ngone * sizeof(*s->gone));
}

int netstate_load_all(struct netstate *s, struct error *err)
{
	AUTO(change_free) struct change all;
	size_t gone = s->ngone;
	int result;

	change_begin(s, &all);
	for (size_t i = 0; i < s->nnetworks; i++)
		all.networks[i] = s->networks[i].model;
	all.model[1].networks = all.networks;
	all.model[1].nnetworks = all.model[0].nnetworks = s->nnetworks;
	all.model[0].networks = all.networks;
	for (size_t i = 0; i < s->nmembers; i++)
		add_member(s, &all, 1, &s->members[i]);
	pthread_mutex_unlock(&s->mutex);
	result = filter_load(s->filter, &all.model[1], err);
	pthread_mutex_lock(&s->mutex);
	s->loaded = result == 0;
	if (s->loaded)
		forget_gone(s, gone);
	return result;
}

/*
 * Leads from one model to another; with it go the first of those that have gone. What is changed
 * here must be so already, as all is loaded where the change alone cannot be.
 */
static int change(struct netstate *s, const struct firewall *before, const struct firewall *after,
	size_t gone, struct error *err)
{
	int result = 1;

	err->message[0] = '\0';
	if (s->loaded) {
		pthread_mutex_unlock(&s->mutex);
		result = filter_change(s->filter, before, after, err);
		pthread_mutex_lock(&s->mutex);
	}
	if (result == 0)
		forget_gone(s, gone);
	if (result > 0 && s->loaded && err->message[0] != '\0')
		log_warning("the firewall's rules are loaded anew: %s", err->message);
	return result > 0 ? netstate_load_all(s, err) : result;
}

/* ---- members ---- */

/* Ends what the kernel remembers of UDP ports and addresses that now lead elsewhere. */
static void forget_connections(
	struct netstate *s, const struct net_member *before, const struct net_member *after)
{
	struct firewall fw = empty_model(s);

	pthread_mutex_unlock(&s->mutex);
	for (int i = 0; i < 2; i++) {
		const struct net_member *m = i == 0 ? before : after;
		bool udp = false;

		for (size_t k = 0; m != NULL && k < m->nports; k++)
			udp |= m->ports[k].protocol == PROTOCOL_UDP;
		if (udp)
			filter_forget(s->filter, &fw, m->ports, m->nports, NULL, 0);
	}
	pthread_mutex_lock(&s->mutex);
}

/* Puts the member where another of the same container is, if so; without endpoints it is none. */
static void place(struct netstate *s, const struct net_member *m)
{
	struct net_member *old = netstate_member(s, m->id);

	if (old != NULL && m->nendpoints > 0) {
		*old = *m;
	} else if (old != NULL) {
		*old = s->members[--s->nmembers];
	} else if (m->nendpoints > 0) {
		s->members = xrealloc(s->members, (s->nmembers + 1) * sizeof(*s->members));
		s->members[s->nmembers++] = *m;
	}
}

/*
 * Old is what was there of the container, new what is there now; both together with those that have
 * gone and of which the filter has not heard.
 */
static int tell_filter(struct netstate *s, const struct net_member *old,
	const struct net_member *new, struct error *err)
{
	AUTO(change_free) struct change c;
	size_t gone = s->ngone;
	int result;

	change_begin(s, &c);
	for (size_t i = 0; i < gone; i++)
		add_member(s, &c, 0, &s->gone[i]);
	add_member(s, &c, 0, old);
	add_member(s, &c, 1, new);
	result = change(s, &c.model[0], &c.model[1], gone, err);
	if (result == 0)
		forget_connections(s, old, new);
	return result;
}

/* The same, with what the member publishes held before it is redirected, and as long as it is. */
static int tell_holding(struct netstate *s, const struct net_member *old,
	const struct net_member *new, struct error *err)
{
	int result = netstate_take_ports(s, new, err);

	if (result == 0)
		result = tell_filter(s, old, new, err);
	netstate_keep_ports(s, result == 0 ? new : old);
	return result;
}

int netstate_put(struct netstate *s, const struct net_member *m, struct error *err)
{
	struct net_member new = net_member_copy(m), old = {0};
	const struct net_member *there;
	bool dropped;
	int result;

	netstate_lock(s);
	there = netstate_member(s, m->id);
	if (there != NULL)
		old = *there;
	memcpy(old.id, m->id, sizeof(old.id));
	place(s, &new);
	/* the caller's, as what has been placed may be dropped meanwhile, and forgotten */
	result = tell_holding(s, &old, m, err);
	/* then it is among those that have gone */
	dropped = new.nendpoints > 0 && netstate_member(s, m->id) == NULL;
	if (result != 0 && !dropped)
		place(s, &old);
	else
		net_member_free(&old);
	if (!dropped && (result != 0 || new.nendpoints == 0))
		net_member_free(&new);
	netstate_unlock(s);
	return result;
}

void netstate_drop(struct netstate *s, const char *id)
{
	struct net_member *m;
	struct jail_endpoint *places = NULL;
	size_t n = 0;

	pthread_mutex_lock(&s->mutex);
	m = netstate_member(s, id);
	if (m != NULL) {
		n = m->nendpoints;
		places = take_ptr(&m->places);
		s->gone = xrealloc(s->gone, (s->ngone + 1) * sizeof(*s->gone));
		s->gone[s->ngone++] = *m;
		*m = s->members[--s->nmembers];
		netstate_wake(s);
	}
	pthread_mutex_unlock(&s->mutex);
	for (size_t i = 0; i < n; i++)
		endpoint_release(s->daemon->host, &places[i]);
	free(places);
}

void netstate_flush(struct netstate *s)
{
	static const struct net_member nothing = {0};
	struct error err;

	netstate_lock(s);
	if (s->ngone > 0 && s->loaded && tell_filter(s, &nothing, &nothing, &err) != 0) {
		log_error("%s", err.message);
		s->loaded = false; /* the next change makes all anew */
	}
	netstate_unlock(s);
}

void netstate_rename(struct netstate *s, const char *id, const char *name)
{
	struct net_member *m;

	pthread_mutex_lock(&s->mutex);
	m = netstate_member(s, id);
	if (m != NULL) {
		free(m->name);
		m->name = xstrdup(name);
	}
	pthread_mutex_unlock(&s->mutex);
}

/* ---- networks ---- */

static void append_network(struct netstate *s, const struct network *n)
{
	s->networks = xrealloc(s->networks, (s->nnetworks + 1) * sizeof(*s->networks));
	s->networks[s->nnetworks++] = (struct netstate_network){.model = model_of(s, n),
		.nat_by_gateway = n->settings.nat && n->settings.nat_interface[0] == '\0'};
	if (netstate_mark_networks(s))
		s->loaded = false; /* the filter may have ports there that are to go */
}

/* Nothing of ours is needed any more. */
static int end(struct netstate *s, struct error *err)
{
	int result;

	pthread_mutex_unlock(&s->mutex);
	result = filter_unload(s->filter, s->daemon->config->instance, err);
	if (result == 0)
		network_restore(s->daemon->host);
	pthread_mutex_lock(&s->mutex);
	if (result == 0)
		s->loaded = false;
	return result;
}

int netstate_load(struct netstate *s, const struct network *networks, size_t nnetworks,
	const struct net_member *members, size_t nmembers, struct error *err)
{
	int result = 0;

	netstate_lock(s);
	if (nnetworks > 0)
		result = netstate_begin(s, err);
	for (size_t i = 0; i < nnetworks; i++)
		append_network(s, &networks[i]);
	s->members = xrealloc(s->members, (nmembers + 1) * sizeof(*s->members));
	for (size_t i = 0; i < nmembers; i++)
		s->members[s->nmembers++] = net_member_copy(&members[i]);
	netstate_hold_all(s);
	if (result == 0 && nnetworks > 0)
		result = netstate_load_all(s, err);
	netstate_unlock(s);
	return result;
}

static int add_network(struct netstate *s, const struct network *n, struct error *err)
{
	struct firewall before, after;

	if (netstate_begin(s, err) != 0)
		return -1;
	append_network(s, n);
	before = after = empty_model(s);
	after.networks = &s->networks[s->nnetworks - 1].model;
	after.nnetworks = 1;
	if (change(s, &before, &after, 0, err) == 0)
		return 0;
	s->nnetworks--;
	return -1;
}

int netstate_add(struct netstate *s, const struct network *n, struct error *err)
{
	int result;

	netstate_lock(s);
	result = add_network(s, n, err);
	netstate_unlock(s);
	return result;
}

static int remove_network(struct netstate *s, size_t i, struct error *err)
{
	static const struct net_member nothing = {0};
	struct firewall before = empty_model(s), after = before;
	struct netstate_network gone;
	int result;

	/* what has gone must go before its network */
	if (s->ngone > 0 && tell_filter(s, &nothing, &nothing, err) != 0)
		return -1;
	gone = s->networks[i];
	s->networks[i] = s->networks[--s->nnetworks];
	before.networks = &gone.model;
	before.nnetworks = 1;
	result = s->nnetworks == 0 ? end(s, err) : change(s, &before, &after, 0, err);
	if (result != 0) /* for the next try */
		s->networks[s->nnetworks++] = gone;
	return result;
}

int netstate_remove(struct netstate *s, const char *id, struct error *err)
{
	int result = 0;

	netstate_lock(s);
	for (size_t i = 0; i < s->nnetworks; i++) {
		if (strcmp(s->networks[i].model.id, id) == 0) {
			result = remove_network(s, i, err);
			break;
		}
	}
	netstate_unlock(s);
	return result;
}
