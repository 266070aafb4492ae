/* Which networks a container is to join, as --network, --driver, --ip and --ip6 say. */
#ifndef KLEE_NETWORKING_H
#define KLEE_NETWORKING_H

#include "klee/klee.h"

extern const struct option networking_options[];

struct networking {
	struct strings networks; /* to join, without 'host' */
	const char *driver; /* a constant or part of argv; NULL: the networks' own */
	const char *ip, *ip6; /* NULL: any */
};

/* Reads the options; -1 with *err if they contradict each other. */
int networking_parse(const struct args *args, struct networking *n, struct error *err);
void networking_free(struct networking *n);

/*
 * Asks kleened for the default drivers of the networks if --driver was not given: that of the first
 * network that has one, else ipnet. -1 with *err, such as when a network is not there.
 */
int networking_choose_driver(struct klee *k, struct networking *n, struct error *err);

/* Connects the container to all the networks; -1 with *err at the first that does not work. */
int networking_connect(
	struct klee *k, const struct networking *n, const char *container, struct error *err);

/* A list of EndPointConfig, without containers, for what connects one by itself. */
json_t *networking_json(const struct networking *n);

/* POST /networks/connect. ip, ip6: an address, "" for none, NULL for any. */
int network_connect(struct klee *k, const char *network, const char *container, const char *ip,
	const char *ip6, struct error *err);

#endif
