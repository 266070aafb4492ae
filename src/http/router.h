/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the endpoint for a request and takes its parameters out of path and query. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "base/mem.h"
#include "http/api.h"
#include "http/http.h"

/* What a request asks for: one of endpoint and stream is set. */
struct route {
	const struct endpoint *endpoint;
	const struct stream_endpoint *stream;
	char *path[PATH_PARAMS_MAX];
	json_t *query;
};

/*
 * Returns 0, or the status to refuse the request with and *err: 404, 405 (allow then lists the
 * methods that the path has), 400. route_free releases *route either way.
 */
int route_find(const struct api *api, const struct http_head *head, struct route *route,
	struct buffer *allow, struct error *err);

void route_free(struct route *route);

#endif
