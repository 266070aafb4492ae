/* What netstate.c and netstate_ask.c share. */
#ifndef KLEENED_NETSTATE_PRIVATE_H
#define KLEENED_NETSTATE_PRIVATE_H

#include <pthread.h>

#include "host/firewall.h"
#include "kleened/netstate.h"

struct netstate_network {
	struct firewall_network model;
	bool nat_by_gateway; /* its NAT interface is whatever the host's gateway interface is */
};

struct netstate {
	struct daemon *daemon;
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
	int watch; /* of the host; -1: there has been no network yet */
	int wake[2]; /* ends the thread */
	pthread_t thread;
};

/* Finds a member; the caller holds the mutex. */
struct net_member *netstate_member(const struct netstate *s, const char *id);

/* Looks at the host, and watches it from now on, if that is not so. The caller holds the mutex. */
int netstate_begin(struct netstate *s, struct error *err);

#endif
