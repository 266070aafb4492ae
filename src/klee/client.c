/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/client_private.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK (64u << 10) /* bytes read from the connection at a time */

/*
 * The first protocol hears of what concerns the context. Of a connection that was closed while
 * libwebsockets wrote the first request, nobody hears but by the end of its state here.
 */
static int connections_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct client *c = lws_context_user(lws_get_context(wsi));

	switch (reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS:
		tls_set_up(c, user);
		return 0;
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		tls_verified(c, user);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		client_ended(wsi);
		http_forget(c, wsi);
		streams_forget(c, wsi);
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{.name = "connections", .callback = connections_callback},
	{.name = "http", .callback = http_callback},
	{.name = "stream", .callback = stream_callback, .rx_buffer_size = CHUNK},
	{.name = "watch", .callback = watch_callback},
	{0},
};

struct client *client_new(const struct settings *settings, struct error *err)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
		.protocols = protocols,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.fd_limit_per_thread = 32,
		.pt_serv_buf_size = CHUNK,
		.timeout_secs = 10 * 365 * 24 * 3600, /* an answer takes what it takes */
		.connect_timeout_secs = 3600, /* connecting has a timer of ours */
		.ka_time = 60,
		.ka_probes = 5,
		.ka_interval = 10,
		.retry_and_idle_policy = &client_no_pings,
	};
	struct client *c = xcalloc(1, sizeof(*c));

	c->settings = settings;
	info.user = c;
	lws_set_log_level(0, NULL);
	lws_set_allocator(client_allocate);
	if (url_parse(&c->url, settings->host, err) < 0)
		goto fail;
	c->address = c->url.path != NULL ? xasprintf("+%s", c->url.path) : xstrdup(c->url.host);
	if (c->url.tls) {
		if (tls_prepare(c, &info, err) < 0)
			goto fail;
	}
	c->context = lws_create_context(&info);
	if (c->context != NULL)
		c->vhost = lws_create_vhost(c->context, &info);
	if (c->vhost != NULL && c->url.tls && lws_init_vhost_client_ssl(&info, c->vhost) != 0)
		c->vhost = NULL;
	if (c->vhost != NULL)
		return c;
	error_set(err, ERROR_SYSTEM, "%s",
		c->url.tls ? "cannot prepare TLS: certificate, key or CA is not usable"
			   : "cannot prepare the connection to kleened");
fail:
	client_free(c);
	return NULL;
}

void client_free(struct client *c)
{
	if (c == NULL)
		return;
	if (c->context != NULL)
		lws_context_destroy(c->context);
	http_free_calls(c);
	stream_free_all(c);
	watch_free_all(c);
	url_free(&c->url);
	free(c->address);
	free(c);
}

char *client_path(const char *format, const char *first, const char *second)
{
	const char *arguments[] = {first, second};
	struct buffer b = {0};
	size_t next = 0;

	for (const char *p = format; *p != '\0'; p++) {
		if (p[0] != '%' || p[1] != 's') {
			buffer_add(&b, p, 1);
			continue;
		}
		assert(next < ARRAY_SIZE(arguments));
		for (const char *a = arguments[next++]; *a != '\0'; a++) {
			if (strchr("/?#%&+= ", *a) != NULL || (unsigned char)*a <= 32 ||
				(unsigned char)*a >= 127)
				buffer_printf(&b, "%%%02X", (unsigned char)*a);
			else
				buffer_add(&b, a, 1);
		}
		p++;
	}
	return b.data;
}
