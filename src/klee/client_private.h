/* What the files of the client share. */
#ifndef KLEE_CLIENT_PRIVATE_H
#define KLEE_CLIENT_PRIVATE_H

#include <libwebsockets.h>

#include "klee/client.h"

#define CONNECT_TIMEOUT (10 * LWS_US_PER_SEC)

struct client {
	const struct settings *settings;
	struct url url;
	char *address; /* as libwebsockets wants it */
	struct lws_context *context;
	struct lws_vhost *vhost;
	struct call *calls; /* whose answer nobody waits for */
	struct stream *streams;
	struct watch *watches;
};

/* Starts connecting; method NULL: WebSocket. *wsi is set as soon as the connection exists. */
void client_connect(struct client *c, const char *method, const char *path, const char *protocol,
	void *user, struct lws **wsi);

/* "cannot connect to kleened at URL: REASON" */
int client_unreachable(const struct client *c, struct error *err, const char *reason);

/* Has the certificate's addresses checked, which libwebsockets leaves out. context: SSL_CTX. */
void client_tls_context(struct client *c, void *context);

/* The reason of a failed connection as libwebsockets gives it, made readable. */
char *client_reason(const void *in, size_t len);

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len);
int stream_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len);
int watch_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len);

void http_free_calls(struct client *c);
void stream_free_all(struct client *c);
void watch_free_all(struct client *c);

#endif
