/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an endpoint is. Every endpoint is one row of a table (struct api); routing, checking of
 * parameters and bodies, status codes and /openapi.json come from the row.
 *
 * Handlers run in worker threads and may block; the event loop never does.
 */
#ifndef HTTP_API_H
#define HTTP_API_H

#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"
#include "json/schema.h"

struct daemon;
struct session;

#define PATH_PARAMS_MAX 2

/* A parameter of the query string. Unknown ones are ignored, as the published client expects. */
struct query_param {
	const char *name;
	enum schema_type type; /* SCHEMA_STRING, SCHEMA_BOOLEAN or SCHEMA_INTEGER */
	bool required;
	const char *summary;
};

struct request {
	const char *path[PATH_PARAMS_MAX]; /* values of {…} in the path, percent-decoded */
	json_t *query; /* object: the row's query parameters that were given, by their types */
	json_t *body; /* checked against the row's schema; NULL if the row has none */
};

/* The query parameter that has a request refused if it would take something from somebody. */
static inline bool request_unused(const struct request *req)
{
	return json_is_true(json_object_get(req->query, "unused"));
}

/* An IdResponse. */
static inline json_t *id_response(const char *id)
{
	return json_pack("{s:s}", "id", id);
}

struct response {
	json_t *body; /* answer; NULL: none. Taken over by the server */
	struct buffer text; /* in its place: an answer that is written out already */
};

/*
 * Does the work of a request. Returns 0 and fills *res, or -1 and fills *err, whose kind gives the
 * status: INVALID and CONFLICT the row's conflict status, NOT_FOUND 404 (where a request names
 * objects, else the former), TOO_LARGE 413, UNAVAILABLE 503, all others 500. 400 says that the
 * request has not the row's form; the server has looked at that before.
 */
typedef int (*endpoint_fn)(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

struct endpoint {
	const char *method; /* "GET", "POST", "DELETE" */
	const char *path; /* "/containers/{id}/stop" */
	endpoint_fn handle;
	const struct schema *body; /* NULL: no body */
	const struct query_param *query; /* ends with a row without name; NULL: none */
	const char *answer; /* name of the answer's schema; "[Name]" a list of it; NULL: none */
	int success; /* 200, 201 or 204 */
	int conflict; /* of what is refused: 409, 404 where clients know no 409; 0: nothing is */
	const char *summary; /* one line, for /openapi.json */
};

/*
 * A WebSocket endpoint: the client's first frame is JSON checked against the schema, then handle
 * runs in a worker thread of its own until the operation is over (see session.h). It returns 0
 * after session_finish, or -1 with *err: the session then closes with 1011 and an error message
 * (with 1002 if the first frame is wrong, before this is called). data: what goes into the closing
 * message's data on failure ("" at first; the handler may point it elsewhere, to memory that lives
 * as long as the session). Or it returns STREAM_MOVES: the thread is free, and who goes on with the
 * session calls session_over.
 */
#define STREAM_MOVES 1
typedef int (*stream_fn)(struct daemon *d, struct session *s, json_t *config, struct error *err);

struct stream_endpoint {
	const char *path;
	const char *id; /* its operation in /openapi.json */
	stream_fn handle;
	const struct schema *config;
	const char *summary;
};

/* An interface: the tables that a server is given. */
struct api {
	const struct endpoint *endpoints; /* ends with a row without path */
	const struct stream_endpoint *streams; /* likewise */
	const struct schema *const *schemas; /* those that rows name; ends with NULL */
};

#endif
