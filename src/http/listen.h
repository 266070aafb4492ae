/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets, from the addresses of the configuration. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>

#include "base/error.h"
#include "http/server.h"

struct listen_address {
	bool tls;
	char *path; /* of a Unix socket, or NULL */
	char *host, *port; /* else a numeric address */
};

/* Takes "http[s]://IP[:PORT]" or "http[s]:///path" apart. -1 and *err if it is neither. */
int listen_parse(const char *address, struct listen_address *a, struct error *err);
void listen_address_free(struct listen_address *a);

/*
 * Opens the socket, nonblocking and listening: see server_new for what is refused. One that a
 * service manager has opened is taken over, *inherited, and its path left to that. Returns the
 * descriptor, or -1 and *err.
 */
int listen_open(const struct listener *l, const struct listen_address *a, bool *inherited,
	struct error *err);

/*
 * Whether the listener could be opened, its certificates included, as far as that can be said
 * without opening it, and be it open to a daemon that runs. -1 and *err if not.
 */
int listen_check(const struct listener *l, struct error *err);

/* Whether somebody takes connections there. -1 and *err if not. */
int listen_answers(const struct listener *l, struct error *err);

#endif
