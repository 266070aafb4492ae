/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's start: networks are made to be what the store says. */
#include <string.h>

#include "base/log.h"
#include "container/networks.h"
#include "daemon/daemon.h"
#include "network/netnames.h"
#include "network/netstate.h"
#include "runtime/runtime.h"

struct recovery {
	struct network *networks;
	size_t n;
	struct net_member *members;
	size_t nmembers;
	struct strings interfaces; /* of the members */
	struct strings missing; /* networks whose interfaces could not be made, by their ids */
};

/* One that is broken can but be removed: its containers do without. */
static void take_network(struct recovery *r, struct network *n)
{
	if (n->broken && n->state == STATE_READY) {
		log_error("network %s is broken: its configuration cannot be read", n->id);
		network_free(n);
	} else {
		r->networks[r->n++] = *n;
	}
}

/* All networks in any state: those that are not ready are removed in the ordinary way. */
static int read_networks(struct daemon *d, struct recovery *r, struct error *err)
{
	for (int state = STATE_CREATING; state <= STATE_REMOVING; state++) {
		struct network *list;
		size_t n;

		if (store_list_networks(d->store, (enum object_state)state, &list, &n, err) != 0)
			return -1;
		r->networks = xrealloc(r->networks, (r->n + n + 1) * sizeof(*list));
		for (size_t i = 0; i < n; i++)
			take_network(r, &list[i]);
		free(list);
	}
	return 0;
}

/* Somebody else has got the name of its interface, which was not ours while the host was down. */
static int make_elsewhere(struct daemon *d, struct network *n, struct error *err)
{
	AUTO(host_view_free) struct host_view view = {0};
	struct network_link link;
	struct error why = *err;

	if (err->kind != ERROR_CONFLICT || n->settings.interface[0] != '\0' ||
		host_view_read(d->host, &view, err) != 0 ||
		!strings_has(&view.interfaces, n->interface) ||
		store_move_network(d->store, n, &view.interfaces, err) != 0)
		return -1;
	log_warning("network %s: %s: it gets the interface %s", n->name, why.message, n->interface);
	link = network_link_of(n);
	return network_make(d->host, &link, err);
}

static void make_again(struct daemon *d, struct recovery *r)
{
	bool families[FAMILIES] = {false};
	struct error err;

	for (size_t i = 0; i < r->n; i++) {
		const struct network_link link = network_link_of(&r->networks[i]);

		network_need_forwarding(&r->networks[i], families);
		if (r->networks[i].state != STATE_READY ||
			network_make(d->host, &link, &err) == 0 ||
			make_elsewhere(d, &r->networks[i], &err) == 0)
			continue;
		log_error("network %s: %s", r->networks[i].name, err.message);
		strings_add(&r->missing, r->networks[i].id);
	}
	if (network_forward(d->host, families, &err) != 0)
		log_error("%s", err.message);
}

static void take_member(struct daemon *d, struct recovery *r, const struct container *c)
{
	AUTO(network_view_free) struct network_view view = {0};
	struct error err;

	if (network_view_read(d, c, NULL, &view, &err) != 0) {
		log_error("container %s: %s", c->id, err.message);
		return;
	}
	for (size_t i = 0; i < view.member.nendpoints; i++)
		strings_add(&r->interfaces, view.member.places[i].interface);
	if (view.member.nendpoints == 0)
		return;
	r->members = xrealloc(r->members, (r->nmembers + 1) * sizeof(*r->members));
	r->members[r->nmembers++] = view.member;
	view.member = (struct net_member){0};
}

static int read_members(struct daemon *d, struct recovery *r, struct error *err)
{
	struct container *list;
	size_t n;

	if (store_list_containers(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (runtime_looks_running(d->runtime, list[i].id, NULL, NULL))
			take_member(d, r, &list[i]);
	container_list_free(list, n);
	return 0;
}

/* What was being connected or disconnected is not. */
static int drop_endpoints(struct daemon *d, struct error *err)
{
	struct network_endpoint *list;
	size_t n;

	if (store_list_endpoints(d->store, NULL, NULL, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		AUTO(held_release) struct held held = hold(d->locks, list[i].container_id);

		if (list[i].state != STATE_READY && network_endpoint_remove(d, &list[i], err) != 0)
			log_error("endpoint %s: %s", list[i].id, err->message);
	}
	free(list);
	return 0;
}

static void free_recovery(struct recovery *r)
{
	network_list_free(r->networks, r->n);
	for (size_t i = 0; i < r->nmembers; i++)
		net_member_free(&r->members[i]);
	free(r->members);
	strings_free(&r->interfaces);
	strings_free(&r->missing);
}

static int recover(struct daemon *d, struct recovery *r, struct error *err)
{
	if (read_networks(d, r, err) != 0)
		return -1;
	if (r->n == 0)
		return 0;
	make_again(d, r);
	if (read_members(d, r, err) != 0)
		return -1;
	endpoints_sweep(d->host, &r->interfaces);
	if (netstate_load(d->netstate, r->networks, r->n, r->members, r->nmembers, err) != 0) {
		log_error("%s", err->message); /* containers that need no network can run */
		return 0;
	}
	for (size_t i = 0; i < r->missing.n; i++)
		netstate_set_missing(d->netstate, r->missing.v[i], true);
	if (drop_endpoints(d, err) != 0)
		return -1;
	for (size_t i = 0; i < r->n; i++) {
		if (r->networks[i].state == STATE_READY)
			network_listen(d, &r->networks[i]);
		else
			remove_rest(d, REMOVE_NETWORK, r->networks[i].id, err);
	}
	return 0;
}

int networks_open(struct daemon *d, struct error *err)
{
	d->netstate = netstate_new(d, err);
	if (d->netstate == NULL)
		return -1;
	d->resolver = netnames_start(d, err);
	return d->resolver != NULL ? 0 : -1;
}

int networks_recover(struct daemon *d, struct error *err)
{
	AUTO(free_recovery) struct recovery r = {0};

	return recover(d, &r, err);
}

void networks_close(struct daemon *d)
{
	resolver_free(d->resolver);
	netstate_free(d->netstate);
}
