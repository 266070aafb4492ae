/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* The name in "NAME", "NAME:PORT" or "[IPv6]:PORT"; a bare IPv6 address is taken whole. */
static char *name_in(const char *authority)
{
	struct in6_addr in6;
	char *name;

	if (inet_pton(AF_INET6, authority, &in6) == 1)
		return xstrdup(authority);
	if (*authority == '[')
		return xstrndup(authority + 1, strcspn(authority + 1, "]"));
	name = xstrndup(authority, strcspn(authority, ":"));
	if (*name && name[strlen(name) - 1] == '.')
		name[strlen(name) - 1] = '\0';
	return name;
}

static bool is_address(const char *name)
{
	struct in6_addr any;

	return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

static bool in_certificate(SSL *ssl, const char *name)
{
	X509 *certificate = ssl ? SSL_get_certificate(ssl) : NULL;

	return certificate && X509_check_host(certificate, name, strlen(name), 0, NULL) == 1;
}

static bool is_known(const struct door *door, SSL *ssl, const char *host)
{
	AUTO_FREE char *name = name_in(host);

	if (is_address(name) || strcasecmp(name, "localhost") == 0)
		return true;
	for (size_t i = 0; i < door->hostnames.n; i++)
		if (strcasecmp(door->hostnames.v[i], name) == 0)
			return true;
	return in_certificate(ssl, name);
}

/* The length of an authority without the port that its scheme has anyway. */
static size_t without_port(const char *authority, const char *port)
{
	size_t len = strlen(authority), n = strlen(port);

	return len > n && strcmp(authority + len - n, port) == 0 ? len - n : len;
}

/* Whether the page that asks has come from this very server. */
static bool is_own(const struct door *door, const struct http_head *head)
{
	const char *scheme = door->tls ? "https://" : "http://";
	const char *port = door->tls ? ":443" : ":80";
	const char *from = head->origin + strlen(scheme);
	size_t n;

	if (!head->host || strncasecmp(head->origin, scheme, strlen(scheme)) != 0)
		return false;
	n = without_port(from, port);
	return n == without_port(head->host, port) && strncasecmp(from, head->host, n) == 0;
}

int origin_check(const struct door *door, SSL *ssl, const struct http_head *head, struct error *err)
{
	if (head->host && !door->any_host && !is_known(door, ssl, head->host)) {
		error_set(err, ERROR_INVALID,
			"this server is not known as '%s': its names are those in its hostnames, "
			"localhost and IP addresses",
			head->host);
		return 403;
	}
	if (head->origin && !is_own(door, head)) {
		error_set(err, ERROR_INVALID,
			"the page of '%s' may not use this server: the request's Origin is foreign",
			head->origin);
		return 403;
	}
	return 0;
}
