/* GET /openapi.json: the description of the API, made from its tables. */
#ifndef KLEENED_API_OPENAPI_H
#define KLEENED_API_OPENAPI_H

#include "kleened/api/api.h"

/* An endpoint_fn: answers with the OpenAPI 3.0 document of endpoints[], stream_endpoints[] and
 * schemas[]. */
int openapi_get(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

#endif
