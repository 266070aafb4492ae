/* Links of /openapi.json: what answers have that other requests ask for, read off the tables. */
#ifndef KLEENED_API_OPENAPI_LINKS_H
#define KLEENED_API_OPENAPI_LINKS_H

#include <stdbool.h>

#include "kleened/api/api.h"

/* The endpoint's name in the description: "post_containers_id_stop". The caller frees it. */
char *openapi_operation_id(const struct endpoint *e);

/*
 * The links of the endpoint's successful answer (OpenAPI 3, Link Object): one for each endpoint
 * that acts on an object which this answer, or the request before it, has named. NULL: none.
 */
json_t *openapi_links(const struct endpoint *e);

/* Whether the endpoint's body names objects, which need not be there. */
bool openapi_body_names_objects(const struct endpoint *e);

#endif
