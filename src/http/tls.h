/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS of a listening socket, beyond what libwebsockets sets up itself. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "http/server.h"

/* Tells whether the listener names all files that its TLS needs, and whether they can be used. */
int tls_check(const struct listener *l, struct error *err);

/*
 * Sets what libwebsockets leaves open: the least version, TLS 1.2, that OpenSSL's own verdict on a
 * client's certificate counts, and the parameters in tlsdh. Returns -1 on failure.
 */
int tls_setup(SSL_CTX *ctx, const struct listener *l);

#endif
