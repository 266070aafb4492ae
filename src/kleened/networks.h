/*
 * Networks, and containers' endpoints in them: what the API does with them (networks.c,
 * connections.c), what a container's launch and end do (joining.c), published ports (ports.c), and
 * the daemon's start (networks_recover).
 *
 * A network's removal, which disconnects containers, has a lock that is taken before theirs.
 */
#ifndef KLEENED_NETWORKS_H
#define KLEENED_NETWORKS_H

#include "host/jail.h"
#include "kleened/api/api.h"
#include "kleened/netstate.h"

/* At start, before anything else concerns networks: looks at nothing yet. */
int networks_open(struct daemon *d, struct error *err);

/*
 * At start, when it is known which containers run: makes what the store says, networks, rules, the
 * resolver's sockets, and undoes what was half done. What cannot be made is logged.
 */
int networks_recover(struct daemon *d, struct error *err);

/* Stops answering containers' questions for names. */
void networks_close(struct daemon *d);

/* ---- a container's life (joining.c) ---- */

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

/* When its endpoints are made and nothing runs in it yet: lets its packets through. */
int networks_join(struct daemon *d, const struct network_view *view, struct error *err);

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

/* ---- configurations of containers (ports.c) ---- */

/* Checks what a ContainerConfig says of published ports, and whether its driver can have any. */
int ports_check(struct daemon *d, const json_t *config, struct error *err);

/* Publishes what the configuration says, and nothing else, for a container in the store. */
int ports_store(struct daemon *d, const char *id, const json_t *config, struct error *err);

/* The list of PublishedPort of a container. */
json_t *ports_json(struct daemon *d, const struct container *c);

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

/*
 * Writes into a NetworkConfig subnets that neither a network nor the host has, from the pools of
 * the daemon's configuration: of IPv4, and of IPv6 if the host has that (networks_choose.c).
 * ERROR_CONFLICT: none is left.
 */
int network_choose_subnets(
	struct daemon *d, const struct host_view *view, json_t *config, struct error *err);

/* A network as the host makes it. */
struct network_link network_link_of(const struct network *n);

/* Takes an endpoint away, also from a running container, whose lock the caller holds. */
int network_endpoint_remove(struct daemon *d, const struct network_endpoint *e, struct error *err);

/*
 * Removes what is left of one that is marked for it (remove_rest, upkeep.h). Whatever has gone
 * already is no error. The caller holds the lock of its removal.
 */
int network_finish_removal(struct daemon *d, const char *id, struct error *err);

/* Notes the families of which packets pass between interfaces of the host for the network. */
void network_need_forwarding(const struct network *n, bool families[FAMILIES]);

/* Has the resolver listen on the network's addresses; failures are logged. */
void network_listen(struct daemon *d, const struct network *n);

#endif
