/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the client share. */
#ifndef KLEE_CLIENT_PRIVATE_H
#define KLEE_CLIENT_PRIVATE_H

#include <libwebsockets.h>

#include "klee/client.h"

#define CONNECT_TIMEOUT (30 * LWS_US_PER_SEC)

struct client {
	const struct settings *settings;
	struct url url;
	char *address; /* as libwebsockets wants it */
	bool tls_asked; /* the server has asked for a client certificate */
	const char *tls_error; /* why the server's certificate was refused, NULL: it was not */
	struct lws_context *context;
	struct lws_vhost *vhost;
	struct call *calls;
	struct stream *streams;
	struct watch *watches;
};

/* For lws_set_allocator: frees nothing while libwebsockets connects. */
void *client_allocate(void *pointer, size_t size, const char *reason);

/* The connection is no more. */
void client_ended(const struct lws *wsi);

extern const lws_retry_bo_t client_no_pings;

/* Starts connecting; method NULL: WebSocket. *wsi is set as soon as the connection exists. */
void client_connect(struct client *c, const char *method, const char *path, const char *protocol,
	void *user, struct lws **wsi);

/* Before the context is made: what TLS needs. */
int tls_prepare(const struct client *c, struct lws_context_creation_info *info, struct error *err);
int tls_connection_flags(const struct client *c);

/*
 * Has the certificate's addresses checked, which libwebsockets leaves out, and it noted when the
 * server asks for a certificate. context: SSL_CTX.
 */
void tls_set_up(struct client *c, void *context);

/* The server's certificate was checked. store: X509_STORE_CTX with the result. */
void tls_verified(struct client *c, void *store);

/*
 * Why no connection came about: the reason as libwebsockets gives it, or a better one that trying
 * again without it shows. The caller frees it.
 */
char *diagnose(const struct client *c, const char *reason, size_t len);

int http_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);
int stream_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);
int watch_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

/* The connection is no more: what belongs to it and has not heard of that ends. */
void http_forget(struct client *c, const struct lws *wsi);
void streams_forget(struct client *c, const struct lws *wsi);

/*
 * Starts the calls of client_post and forgets those that are over. Not from a callback of
 * libwebsockets: connecting overwrites the buffer that holds what it has received but not handled.
 */
void http_serve_calls(struct client *c);
void http_free_calls(struct client *c);
void stream_free_all(struct client *c);
void watch_free_all(struct client *c);

#endif
