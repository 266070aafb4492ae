/* SPDX-License-Identifier: BSD-2-Clause */
/* Links of /openapi.json: what answers have that other requests ask for, read off the tables. */
#ifndef HTTP_OPENAPI_LINKS_H
#define HTTP_OPENAPI_LINKS_H

#include <stdbool.h>

#include "http/api.h"

/* The endpoint's name in the description, as published: "Container.Stop". The caller frees it. */
char *openapi_operation_id(const struct endpoint *e);

/*
 * The links of the endpoint's successful answer (OpenAPI 3, Link Object): one for each endpoint
 * that acts on an object which this answer, or the request before it, has named. NULL: none.
 */
json_t *openapi_links(const struct api *api, const struct endpoint *e);

/* Whether the endpoint has 404: it names objects, which need not be there, or knows no 409. */
bool openapi_has_404(const struct endpoint *e);

#endif
