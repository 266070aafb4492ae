/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a listening socket answers. A browser sends to any address what a stranger's page asks for,
 * and tells where that page came from (Origin) and under which name it believes to reach the server
 * (Host): the only two things by which such requests can be told from a client's own.
 */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"
#include "http/http.h"

/* A way in: what a request that comes by it must look like. */
struct door {
	bool tls;
	bool any_host; /* a Unix socket: no name leads there, so Host says nothing */
	struct strings hostnames; /* by which it is known, beside IP addresses and localhost */
};

/*
 * Checks Host and Origin of a request. Host must be an IP address, localhost, one of the door's
 * names or, where ssl is given, one that the server's certificate is for; a name that a stranger's
 * DNS leads here is none of these. A page that asks must be the server's own. Requests without
 * Origin are no page's, those without Host (HTTP/1.0) no browser's. Returns 0, or the status to
 * refuse with (403) and *err.
 */
int origin_check(
	const struct door *door, SSL *ssl, const struct http_head *head, struct error *err);

#endif
