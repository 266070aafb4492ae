/* TLS of a listening socket, beyond what libwebsockets sets up itself. */
#ifndef KLEENED_API_TLS_H
#define KLEENED_API_TLS_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "kleened/api/server.h"

/* Tells whether the listener names all files that its TLS needs. */
int tls_check(const struct listener *l, struct error *err);

/* Sets the least version, TLS 1.2, and the parameters in tlsdh. Logs and returns -1 on failure. */
int tls_setup(SSL_CTX *ctx, const struct listener *l);

#endif
