/* SPDX-License-Identifier: BSD-2-Clause */
/* What the resolver's files share. Everything belongs to its thread, but for what the lock guards.
 */
#ifndef DNS_RESOLVER_PRIVATE_H
#define DNS_RESOLVER_PRIVATE_H

#include <poll.h>
#include <pthread.h>
#include <stdint.h>

#include "base/clock.h"
#include "dns/resolver.h"
#include "dns/resolver_packet.h"
#include "dns/resolver_servers.h"

#define CONNECTIONS_MAX	       256
#define CLIENT_CONNECTIONS_MAX 8 /* of one client */
#define FORWARDS_MAX	       512
#define CLIENT_FORWARDS_MAX    64

/* A descriptor and what is waited for; -1: none. */
struct watched {
	int fd;
	short events;
	size_t slot; /* in what poll(2) was asked, 0: it was not yet */
};

/* An address that is listened on. */
struct listener {
	struct listener *next;
	struct address address;
	unsigned int port;
	struct watched udp, tcp;
};

/* A client's connection by TCP, RFC 7766: queries one after another. */
struct connection {
	struct connection *next;
	struct listener *listener;
	struct address client;
	struct watched io;
	struct dns_wire in, out; /* each with two bytes of length in front */
	size_t sent;
	bool asked; /* a query is being answered */
	bool over;
	int64_t deadline; /* milliseconds, as now_ms */
};

/* Who is to have an answer. */
struct asker {
	struct listener *listener;
	struct connection *connection; /* NULL: by UDP */
	struct sockaddr_storage from;
	socklen_t from_len;
	struct address client;
};

/* A question that was sent on to the host's servers. */
struct forward {
	struct forward *next;
	struct asker asker;
	struct dns_question question;
	uint16_t id;
	struct watched io;
	unsigned int attempt; /* each server in turn, twice */
	struct server_address own[SERVERS_MAX]; /* the client's, instead of the host's */
	size_t nown;
	struct dns_wire out, in;
	size_t sent;
	bool over;
	int64_t deadline;
};

struct order; /* what another thread wants of this one */

struct resolver {
	const struct resolver_names *names;
	void *arg;
	struct servers servers;
	struct listener *listeners;
	struct connection *connections;
	struct forward *forwards;
	struct pollfd *polls;
	size_t npolls;
	pthread_t thread;
	int wake[2]; /* a pipe: a byte for each order */
	pthread_mutex_t lock;
	pthread_cond_t done;
	struct order *orders; /* guarded by the lock */
	bool ending; /* likewise */
};

/* What poll(2) has found about a descriptor. */
short resolver_events(const struct resolver *r, const struct watched *w);

/* Asks for a question to be answered; takes nothing over. False: it deserves no answer. */
bool resolver_handle(struct resolver *r, const struct asker *asker, const struct dns_wire *in);

/* Sends an answer and releases it. */
void resolver_reply(const struct asker *asker, struct dns_wire answer);

/* ---- addresses of sockets (resolver_socket.c) ---- */

/* A socket bound to the address, listening if it is a stream's; -1 with errno. */
int socket_bind(const struct address *address, unsigned int port, int type);

struct address socket_address(const struct sockaddr_storage *a);

/* True if the addresses and ports of two sockets are the same. */
bool socket_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

/* ---- TCP (resolver_tcp.c) ---- */

void tcp_accept(struct resolver *r, struct listener *l);
void tcp_serve(struct resolver *r, struct connection *c);
void tcp_reply(struct connection *c, struct dns_wire *answer); /* takes it over */
void tcp_free(struct connection *c);

/* ---- the host's servers (resolver_forward.c) ---- */

/* Takes the question over. */
void forward_start(struct resolver *r, const struct asker *asker, struct dns_question *question);
void forward_serve(struct resolver *r, struct forward *f);
void forward_free(struct forward *f);

#endif
