/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS of the client: what libwebsockets is told, and what it leaves to its caller. */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "klee/client_private.h"

static bool is_address(const char *host)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
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

int tls_prepare(const struct client *c, struct lws_context_creation_info *info, struct error *err)
{
	info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info->client_ssl_cert_filepath = c->settings->tlscert;
	info->client_ssl_private_key_filepath = c->settings->tlskey;
	info->client_ssl_ca_filepath = c->settings->tlscacert;
	if (c->settings->tlscacert != NULL)
		info->options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
	return check_files(c->settings, err);
}

int tls_connection_flags(const struct client *c)
{
	int flags = LCCSCF_USE_SSL;

	/* a path has no name to check; an address is checked by tls_set_up */
	if (!c->settings->tlsverify || c->url.path != NULL || is_address(c->url.host))
		flags |= LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
	return flags;
}

/* SSL_CTX_set_cert_cb(3): called when the server asks; goes on with the certificate there is. */
static int asked(SSL *ssl, void *arg)
{
	struct client *c = arg;

	c->tls_asked = true;
	return 1;
}

void tls_set_up(struct client *c, void *context)
{
	SSL_CTX_set_cert_cb(context, asked, c);
	if (c->settings->tlsverify && c->url.path == NULL && is_address(c->url.host))
		X509_VERIFY_PARAM_set1_ip_asc(SSL_CTX_get0_param(context), c->url.host);
}

void tls_verified(struct client *c, void *store)
{
	int error = X509_STORE_CTX_get_error(store);

	if (error == X509_V_OK)
		return;
	if (c->settings->tlsverify)
		c->tls_error = X509_verify_cert_error_string(error);
	else
		X509_STORE_CTX_set_error(store, X509_V_OK);
}
