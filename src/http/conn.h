/* SPDX-License-Identifier: BSD-2-Clause */
/* One client's connection in the event loop: HTTP requests one after another, or a WebSocket. */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include <libwebsockets.h>

/* The callback of the libwebsockets protocol for accepted sockets; its user is the server. */
int conn_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

/* The size of the memory that libwebsockets keeps for each connection, zeroed at first. */
extern const size_t conn_size;

/* The most that is written at once. */
#define CONN_WRITE_MAX ((size_t)64 * 1024)

#endif
