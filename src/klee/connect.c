/* SPDX-License-Identifier: BSD-2-Clause */
/* Connecting to kleened: for requests and for streams, which know of this and not of each other. */
#include "base/mem.h"
#include "klee/client_private.h"

/*
 * libwebsockets connects to a path at once, within lws_client_connect_via_info(); should that
 * connection end there, too, it goes on using what it has freed. So nothing is freed meanwhile.
 */
static struct {
	bool connecting;
	const struct lws *ended; /* the last connection that has */
	void **pointers;
	size_t n;
} freed;

void *client_allocate(void *pointer, size_t size, const char *reason)
{
	if (size > 0)
		return realloc(pointer, size);
	if (pointer != NULL && freed.connecting) {
		freed.pointers = xrealloc(freed.pointers, (freed.n + 1) * sizeof(pointer));
		freed.pointers[freed.n++] = pointer;
	} else {
		free(pointer);
	}
	return NULL;
}

static void free_at_last(void)
{
	while (freed.n > 0)
		free(freed.pointers[--freed.n]);
	free(take_ptr(&freed.pointers));
}

void client_ended(const struct lws *wsi)
{
	freed.ended = wsi;
}

/* libwebsockets' own pings would end a stream that is silent, or whose output nobody reads. */
const lws_retry_bo_t client_no_pings = {.secs_since_valid_hangup = 0};

void client_connect(struct client *c, const char *method, const char *path, const char *protocol,
	void *user, struct lws **wsi)
{
	const struct lws_client_connect_info info = {
		.context = c->context,
		.vhost = c->vhost,
		.address = c->address,
		.port = c->url.port,
		.ssl_connection =
			(c->url.tls ? tls_connection_flags(c) : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.path = path,
		.host = c->url.host,
		.method = method,
		.alpn = "http/1.1",
		.local_protocol_name = protocol,
		.ietf_version_or_minus_one = -1,
		.userdata = user,
		.pwsi = wsi,
		.retry_and_idle_policy = &client_no_pings,
	};

	*wsi = NULL;
	freed.connecting = true;
	freed.ended = NULL;
	lws_client_connect_via_info(&info);
	freed.connecting = false;
	if (*wsi == freed.ended)
		*wsi = NULL;
	free_at_last();
}
