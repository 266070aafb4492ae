/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A container's place in networks: what its launch and its end do (joining.c), its files
 * (network_files.c), its published ports (ports.c), and subnets that are free (networks_choose.c).
 */
#ifndef NETWORK_JOINING_H
#define NETWORK_JOINING_H

#include <jansson.h>

#include "host/jail.h"
#include "host/network.h"
#include "network/netstate.h"
#include "store/store.h"
#include "store/store_network.h"

struct daemon;

/* What the store says of a container's place in networks; free with network_view_free. */
struct network_view {
	struct net_member member;
	struct address resolver[FAMILIES]; /* the first network's */
	bool old_hardware; /* an endpoint is not by_address (store_network.h) */
};

/*
 * Reads the endpoints of a container, but for one (NULL: all) and those that are being removed, and
 * its published ports.
 */
int network_view_read(struct daemon *d, const struct container *c, const char *but,
	struct network_view *view, struct error *err);
void network_view_free(struct network_view *view);

/*
 * Before the launch: fills in *view, jail->driver and jail->endpoints, and has the container see
 * /etc/hosts and /etc/resolv.conf of its own if it is to be in networks.
 */
int networks_prepare(struct daemon *d, const struct container *c, const char *hostname,
	struct network_view *view, struct jail_config *jail, struct error *err);

/*
 * Makes those of the view's networks whose interfaces could not be made when the daemon started:
 * what was in the way may have gone.
 */
int networks_make_missing(struct daemon *d, const struct network_view *view, struct error *err);

/*
 * When its endpoints are made and nothing runs in it yet: chooses the numbers of its open ports,
 * and lets its packets through.
 */
int networks_join(struct daemon *d, struct network_view *view, struct error *err);

/* It has ended, or its launch has failed. Its reservations stay. */
void networks_leave(struct daemon *d, const char *id);

/*
 * Makes a running container's place in rules, names and files what the view says, whose member is
 * taken over.
 */
int networks_admit(
	struct daemon *d, const struct container *c, struct network_view *view, struct error *err);

/*
 * Makes the files of a container that is to be launched, and has it see them (network_files.c);
 * with the drivers host and disabled that is /etc/hosts alone, for its own name, unless it has
 * servers of its own. Its dataset is there.
 */
int network_files_make(struct daemon *d, const struct container *c, const char *hostname,
	const struct network_view *view, struct jail_config *jail, struct error *err);

/* Checks what a ContainerConfig says of names: extra_hosts, dns. ERROR_INVALID. */
int network_files_check(const json_t *config, struct error *err);

/*
 * The search domains that stand in the container's own resolv.conf, which it may have changed; in
 * lower case, without a dot at the end. None if it has no such file.
 */
void network_files_search(struct daemon *d, const char *id, struct strings *domains);

/* Writes the files of a running container anew. Errors are logged. */
void network_files_update(
	struct daemon *d, const struct container *c, const struct network_view *view);

/*
 * The container has ended, or was not launched: its root directory is as its image and it itself
 * have left it. Errors are logged.
 */
void network_files_withdraw(struct daemon *d, const char *id);

/* Removes them: the container is being removed. */
int network_files_remove(struct daemon *d, const char *id, struct error *err);

/* ---- configurations of containers (ports.c) ---- */

/* Checks what a ContainerConfig says of published ports, and whether its driver can have any. */
int ports_check(struct daemon *d, const json_t *config, struct error *err);

/* Publishes what the configuration says, and nothing else, for a container in the store. */
int ports_store(struct daemon *d, const char *id, const json_t *config, struct error *err);

/* The list of PublishedPort of a container. */
json_t *ports_json(struct daemon *d, const struct container *c);

/* ---- networks themselves ---- */

/*
 * Writes into a NetworkConfig subnets that neither a network nor the host has, from the pools of
 * the daemon's configuration: of IPv4, and of IPv6 if the host has that (networks_choose.c).
 * ERROR_CONFLICT: none is left. ERROR_INVALID: the config has a range of one.
 */
int network_choose_subnets(
	struct daemon *d, const struct host_view *view, json_t *config, struct error *err);

/* A network as the host makes it. */
struct network_link network_link_of(const struct network *n);

/* Has the resolver listen on the network's addresses; failures are logged. */
void network_listen(struct daemon *d, const struct network *n);

#endif
