/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The API server: HTTP/1.1 and WebSocket by libwebsockets on all configured sockets, in one event
 * loop, which runs in the thread that calls server_run.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct api;
struct daemon;
struct pool;
struct server;

/* One entry of api_listening_sockets. */
struct listener {
	char *address; /* http[s]://IP[:PORT] or http[s]:///path */
	char *tlscert, *tlskey, *tlscacert, *tlsdh;
	bool tlsverify, allow_insecure;
	char **hostnames; /* by which clients may call it, beside addresses and localhost */
	unsigned int hostnames_count;
};

/*
 * By which server_run is ended, from any thread and from a signal handler, before, during and after
 * the server's life: so it is no part of the server, and its descriptor is never closed. Begins as
 * zeros.
 */
struct stopper {
	atomic_bool asked;
	atomic_int fd; /* 1 + that of a socket on which a byte wakes the loop; 0: none yet */
};

/*
 * Who carries out what is asked for: requests, which are over soon, and operations, which may take
 * hours, have limits of their own, so that neither keep the others out.
 */
struct server_workers {
	struct pool *requests, *operations;
};

/* What a server is made of. */
struct server_setup {
	const struct listener *listeners;
	size_t n; /* of them */
	const struct api *api;
	struct daemon *daemon; /* for handlers */
	struct server_workers workers;
	struct stopper *stopper;
};

/*
 * Opens every socket. A stale Unix socket is replaced (its mode 0660, group kleene if there is
 * one), a live one is an error, as is plain http on a TCP address without allow_insecure. Handlers
 * run on the workers. NULL with *err on failure.
 */
struct server *server_new(const struct server_setup *setup, struct error *err);

/* Serves until server_stop. */
void server_run(struct server *s);

/* Makes server_run return soon. */
void server_stop(struct stopper *stopper);

/*
 * After server_run: takes no more requests and answers those that are being carried out, whose
 * clients would not know otherwise what has become of them; for eight seconds at most.
 */
void server_drain(struct server *s);

/* Closes sessions (their handlers see session_gone), removes the Unix sockets, frees. */
void server_free(struct server *s);

#endif
