/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Networks, and containers' endpoints in them: what the API does with them (networks.c,
 * connections.c), and the daemon's start (networks_recover). joining.h has what a container's life
 * has to do with them.
 *
 * A network's removal, which disconnects containers, has a lock that is taken before theirs.
 */
#ifndef CONTAINER_NETWORKS_H
#define CONTAINER_NETWORKS_H

#include "http/api.h"
#include "network/joining.h"

/* At start, before anything else concerns networks: looks at nothing yet. */
int networks_open(struct daemon *d, struct error *err);

/*
 * At start, when it is known which containers run: makes what the store says, networks, rules, the
 * resolver's sockets, and undoes what was half done. What cannot be made is logged.
 */
int networks_recover(struct daemon *d, struct error *err);

/* Stops answering containers' questions for names. */
void networks_close(struct daemon *d);

/*
 * Connects a container to a network as an EndPointConfig says, but for its container: the id
 * counts. Holds the container's lock.
 */
int networks_connect(struct daemon *d, const char *id, const json_t *config, struct error *err);

/*
 * Reserves what a list of EndPointConfig says for a container that is being created: the endpoints
 * are ready when it is, and are dropped with it.
 */
int networks_reserve(
	struct daemon *d, const struct container *c, const json_t *networks, struct error *err);

/*
 * Gives a ContainerConfig without network_driver the one that goes with the networks, a list of
 * EndPointConfig: that of the first which has one, else ipnet; without networks host.
 */
int networks_choose_driver(
	struct daemon *d, json_t *config, const json_t *networks, struct error *err);

/* ---- answers ---- */

/* Appends an EndPoint for each endpoint of a network or of a container, the other being NULL. */
int networks_append_endpoints(struct daemon *d, const char *network, const char *container,
	json_t *list, struct error *err);

/*
 * Whether a container may change from one configuration to another, as far as networks go:
 * ERROR_CONFLICT says why not.
 */
int networks_check_update(
	struct daemon *d, const struct container *c, const json_t *before, struct error *err);

/* Brings a running container's ports and name to what the store says. */
int networks_update(struct daemon *d, const char *id, struct error *err);

/* ---- endpoints of the API ---- */

int network_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int network_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int network_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int network_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int network_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int network_connect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int network_disconnect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

/* ---- what networks.c and connections.c share ---- */

/* Takes an endpoint away, also from a running container, whose lock the caller holds. */
int network_endpoint_remove(struct daemon *d, const struct network_endpoint *e, struct error *err);

/*
 * Removes what is left of one that is marked for it (remove_rest, upkeep.h). Whatever has gone
 * already is no error. The caller holds the lock of its removal.
 */
int network_finish_removal(struct daemon *d, const char *id, struct error *err);

/* Notes the families of which packets pass between interfaces of the host for the network. */
void network_need_forwarding(const struct network *n, bool families[FAMILIES]);

#endif
