/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DNS server for containers, which has names for the containers of their networks, and sends
 * what else they ask for on to the host's servers (resolver(5)).
 *
 * It listens on given addresses, by UDP and TCP, and answers nobody but containers: who asks is
 * told by the source address, from which nobody but its container can send. All that comes from
 * there is hostile. What one container can have under way at once is limited, so that it takes
 * nothing from the others.
 */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include <stddef.h>

#include "base/error.h"
#include "net/address.h"

#define RESOLVER_PORT 53
#define SERVERS_MAX   3 /* as the system's own resolver */

struct server_address {
	struct sockaddr_storage address;
	socklen_t len;
};

/* What is to be done with a question. */
enum resolver_verdict {
	RESOLVER_STRANGER, /* nothing: no container has the source address */
	RESOLVER_ANSWER, /* the name is a container's: answer with its addresses */
	RESOLVER_FORWARD, /* the name is not: ask the host's servers */
	RESOLVER_DENY, /* nor may the asking container reach the outside: there is no such name */
};

/*
 * Who is who. Both are called in the resolver's thread, one at a time, and may read the store. They
 * must not wait for anything that is held by a caller of the functions below.
 */
struct resolver_names {
	/*
	 * The addresses of the container that 'client' knows by the name, in the networks both are
	 * connected to. name: in lower case, without the dot at the end; odd bytes as \DDD
	 * (RFC 1035); "" is asked for to know strangers. *list: malloc(3)ed, taken over; of both
	 * families, and empty if the container has none.
	 */
	enum resolver_verdict (*addresses)(void *arg, const struct address *client,
		const char *name, struct address **list, size_t *n);

	/*
	 * The reverse: the name of the container that has the address in a network of client's.
	 * *name: malloc(3)ed, taken over; set for RESOLVER_ANSWER alone.
	 */
	enum resolver_verdict (*name)(void *arg, const struct address *client,
		const struct address *address, char **name);

	/*
	 * The servers that are asked for client instead of the host's; 0: it has none of its own.
	 * May be NULL.
	 */
	size_t (*servers)(
		void *arg, const struct address *client, struct server_address list[SERVERS_MAX]);
};

struct resolver;

/*
 * Starts the resolver's thread. servers: the file that names the host's servers, in the form of
 * resolv.conf(5); it is read anew when it has changed. NULL on failure.
 */
struct resolver *resolver_new(
	const char *servers, const struct resolver_names *names, void *arg, struct error *err);

/*
 * Begins to listen on an address of the host's, at RESOLVER_PORT or another port. ERROR_CONFLICT:
 * somebody else does. Listening twice is not an error.
 */
int resolver_listen(
	struct resolver *r, const struct address *address, unsigned int port, struct error *err);

/* Ends it. When this returns the sockets are closed. An address that is not there is no error. */
void resolver_unlisten(struct resolver *r, const struct address *address, unsigned int port);

/* Ends the thread and closes everything. NULL is allowed. */
void resolver_free(struct resolver *r);

#endif
