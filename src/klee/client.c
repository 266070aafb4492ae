#include "klee/client_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/mem.h"

#define CHUNK (64u << 10) /* bytes read from the connection at a time */

static const struct lws_protocols protocols[] = {
	{.name = "http", .callback = http_callback},
	{.name = "stream", .callback = stream_callback, .rx_buffer_size = CHUNK},
	{.name = "watch", .callback = watch_callback},
	{0},
};

/* libwebsockets' own pings would end a stream that is silent, or whose output nobody reads. */
static const lws_retry_bo_t no_pings = {.secs_since_valid_hangup = 0};

static bool is_address(const char *host)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static void tls_info(const struct client *c, struct lws_context_creation_info *info)
{
	info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info->client_ssl_cert_filepath = c->settings->tlscert;
	info->client_ssl_private_key_filepath = c->settings->tlskey;
	info->client_ssl_ca_filepath = c->settings->tlscacert;
	if (c->settings->tlscacert != NULL)
		info->options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
}

/* libwebsockets says only that something failed, so files are tried first. */
static int check_files(const struct settings *s, struct error *err)
{
	const char *const files[] = {s->tlscert, s->tlskey, s->tlscacert};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i] != NULL && access(files[i], R_OK) < 0)
			return error_errno(err, errno, "cannot read %s", files[i]);
	return 0;
}

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
		.connect_timeout_secs = 3600,	      /* connecting has a timer of ours */
		.ka_time = 60,
		.ka_probes = 5,
		.ka_interval = 10,
		.retry_and_idle_policy = &no_pings,
	};
	struct client *c = xcalloc(1, sizeof(*c));

	c->settings = settings;
	info.user = c;
	lws_set_log_level(0, NULL);
	if (url_parse(&c->url, settings->host, err) < 0)
		goto fail;
	c->address = c->url.path != NULL ? xasprintf("+%s", c->url.path) : xstrdup(c->url.host);
	if (c->url.tls) {
		if (check_files(settings, err) < 0)
			goto fail;
		tls_info(c, &info);
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

void client_service(struct client *c)
{
	lws_service(c->context, 0);
}

static int tls_flags(const struct client *c)
{
	int flags = LCCSCF_USE_SSL;

	if (!c->settings->tlsverify)
		flags |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE |
			 LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
	/* a path has no name to check; an address is checked in client_tls_context */
	if (c->url.path != NULL || is_address(c->url.host))
		flags |= LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
	return flags;
}

void client_tls_context(struct client *c, void *context)
{
	if (c->settings->tlsverify && c->url.path == NULL && is_address(c->url.host))
		X509_VERIFY_PARAM_set1_ip_asc(SSL_CTX_get0_param(context), c->url.host);
}

void client_connect(struct client *c, const char *method, const char *path, const char *protocol,
	void *user, struct lws **wsi)
{
	const struct lws_client_connect_info info = {
		.context = c->context,
		.vhost = c->vhost,
		.address = c->address,
		.port = c->url.port,
		.ssl_connection = (c->url.tls ? tls_flags(c) : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.path = path,
		.host = c->url.host,
		.method = method,
		.alpn = "http/1.1",
		.local_protocol_name = protocol,
		.ietf_version_or_minus_one = -1,
		.userdata = user,
		.pwsi = wsi,
		.retry_and_idle_policy = &no_pings,
	};

	*wsi = NULL;
	lws_client_connect_via_info(&info);
}

int client_unreachable(const struct client *c, struct error *err, const char *reason)
{
	return error_set(err, ERROR_UNAVAILABLE, "cannot connect to kleened at %s: %s",
		c->settings->host, reason);
}

char *client_reason(const void *in, size_t len)
{
	return in == NULL || len == 0 ? xstrdup("connection refused") : xstrndup(in, len);
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

struct watch {
	struct watch *next;
	struct lws *wsi;
	void (*ready)(void *arg, bool hung_up);
	void *arg;
};

int watch_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len)
{
	struct watch *w = user;

	if (w == NULL || w->ready == NULL)
		return 0;
	if (reason == LWS_CALLBACK_RAW_RX_FILE) {
		lws_rx_flow_control(wsi, 0);
		w->ready(w->arg, false);
	} else if (reason == LWS_CALLBACK_RAW_CLOSE_FILE && w->wsi != NULL) {
		w->wsi = NULL;
		w->ready(w->arg, true);
	}
	return 0;
}

struct watch *watch_new(struct client *c, int fd, void (*ready)(void *arg, bool hung_up),
	void *arg)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), flags = fcntl(fd, F_GETFL);
	struct watch *w;

	if (copy < 0 || flags < 0)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->ready = ready;
	w->arg = arg;
	w->wsi = lws_adopt_descriptor_vhost(c->vhost, LWS_ADOPT_RAW_FILE_DESC,
		(lws_sock_file_fd_type){.filefd = copy}, "watch", NULL);
	/* libwebsockets makes it non-blocking, for every process that shares it, too */
	fcntl(fd, F_SETFL, flags);
	if (w->wsi == NULL) {
		free(w);
		return NULL;
	}
	lws_set_wsi_user(w->wsi, w);
	w->next = c->watches;
	c->watches = w;
	return w;
}

void watch_resume(struct watch *w)
{
	if (w->wsi != NULL)
		lws_rx_flow_control(w->wsi, 1);
}

void watch_stop(struct watch *w)
{
	w->ready = NULL;
	if (w->wsi != NULL)
		lws_set_timeout(w->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	w->wsi = NULL;
}

void watch_free_all(struct client *c)
{
	while (c->watches != NULL) {
		struct watch *next = c->watches->next;

		free(c->watches);
		c->watches = next;
	}
}
