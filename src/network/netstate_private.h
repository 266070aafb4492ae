/* SPDX-License-Identifier: BSD-2-Clause */
/* What netstate.c and netstate_ask.c share. */
#ifndef NETWORK_NETSTATE_PRIVATE_H
#define NETWORK_NETSTATE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/firewall.h"
#include "network/netstate.h"
#include "network/port_holds.h"

struct netstate_network {
	struct firewall_network model;
	bool missing; /* its interface could not be made */
	bool nat_by_gateway; /* its NAT interface is whatever the host's gateway interface is */
};

struct netstate {
	struct daemon *daemon;
	/*
	 * Who changes the model, and with it the filter, holds "changing" throughout, and the
	 * mutex, taken after it, but while the filter is at work, which on FreeBSD is a program:
	 * so that who asks, and netstate_drop, do not wait for that. Meanwhile members may be
	 * dropped; nothing else changes.
	 */
	pthread_mutex_t changing;
	pthread_mutex_t mutex; /* of all below */
	struct filter_host *filter;
	bool loaded; /* the filter has the model */
	struct host_view view;
	struct firewall_host_address *host; /* its addresses once more, as the model has them */
	size_t nhost;
	struct netstate_network *networks;
	size_t nnetworks;
	struct net_member *members;
	size_t nmembers;
	struct net_member *gone; /* of which the filter has not heard yet */
	size_t ngone;
	struct port_holds holds; /* guarded by "changing" alone */
	int watch; /* of the host; -1: there has been no network yet */
	int wake[2]; /* makes the thread look at gone and stopping */
	atomic_bool stopping;
	pthread_t thread;
};

/* Takes both locks, in their order, and releases them. */
void netstate_lock(struct netstate *s);
void netstate_unlock(struct netstate *s);

/* The caller frees it with net_member_free. */
struct net_member net_member_copy(const struct net_member *m);

/* Finds a member; the caller holds the mutex. */
struct net_member *netstate_member(const struct netstate *s, const char *id);

/* Loads the whole model; the caller holds both locks. */
int netstate_load_all(struct netstate *s, struct error *err);

/* Notes which of the host's addresses are networks' own; the caller holds the mutex. */
bool netstate_mark_networks(struct netstate *s);

/*
 * Published ports and the sockets that hold them (netstate_ports.c); the caller holds both locks.
 * Takes what is to be redirected to the member; keeps nothing else of its container's; and does
 * both for all members, where what cannot be held is logged, as it has been redirected before, or
 * is at an address that is new.
 */
int netstate_take_ports(struct netstate *s, const struct net_member *m, struct error *err);
void netstate_keep_ports(struct netstate *s, const struct net_member *m);
void netstate_hold_all(struct netstate *s);

/* Tells the filter what has gone. */
void netstate_flush(struct netstate *s);

/* Makes the thread do so. */
void netstate_wake(struct netstate *s);

/* Looks at the host, and watches it from now on, if that is not so. The caller holds the mutex. */
int netstate_begin(struct netstate *s, struct error *err);

#endif
