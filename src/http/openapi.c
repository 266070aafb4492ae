/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/openapi.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "http/openapi_links.h"

#define OPENAPI_VERSION "3.0.3"

/* A named schema, or "string". */
static json_t *reference(const char *schema)
{
	if (strcmp(schema, "string") == 0)
		return json_pack("{s:s}", "type", "string");

	AUTO_FREE char *path = xasprintf("#/components/schemas/%s", schema);

	return json_pack("{s:s}", "$ref", path);
}

static json_t *list_of(json_t *items)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *type_named(const char *name)
{
	return json_pack("{s:s}", "type", name);
}

static json_t *type_of(enum schema_type type, const struct schema *of)
{
	switch (type) {
	case SCHEMA_STRING:
		return type_named("string");
	case SCHEMA_BOOLEAN:
		return type_named("boolean");
	case SCHEMA_INTEGER:
		return type_named("integer");
	case SCHEMA_NUMBER:
		return type_named("number");
	case SCHEMA_STRINGS:
		return list_of(type_named("string"));
	case SCHEMA_OBJECT:
		assert(of != NULL);
		/* beside a reference nothing else counts, so it is wrapped */
		return json_pack("{s:[o]}", "allOf", reference(of->name));
	case SCHEMA_LIST:
		assert(of != NULL);
		return list_of(reference(of->name));
	case SCHEMA_MAP:
		return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
			type_named("string"));
	case SCHEMA_PAIRS:
		return list_of(list_of(type_named("string")));
	}
	return NULL;
}

static json_t *field_json(const struct field *f)
{
	json_t *json = type_of(f->type, f->of), *values;

	json_object_set_new(json, "description", json_string(f->summary));
	if (!f->required)
		json_object_set_new(json, "nullable", json_true());
	if (f->fallback)
		json_object_set_new(
			json, "default", json_loads(f->fallback, JSON_DECODE_ANY, NULL));
	if (!f->values)
		return json;
	values = json_array();
	for (size_t i = 0; f->values[i]; i++)
		json_array_append_new(values, json_string(f->values[i]));
	if (!f->required) /* "nullable" does not widen an enumeration */
		json_array_append_new(values, json_null());
	json_object_set_new(json, "enum", values);
	return json;
}

static json_t *schema_json(const struct schema *schema)
{
	json_t *json = json_pack("{s:s}", "type", "object");
	json_t *properties = json_object(), *required = json_array();

	for (const struct field *f = schema->fields; f->name; f++) {
		json_object_set_new(properties, f->name, field_json(f));
		if (f->required)
			json_array_append_new(required, json_string(f->name));
	}
	json_object_set_new(json, "properties", properties);
	if (json_array_size(required))
		json_object_set(json, "required", required);
	json_decref(required);
	return json;
}

static json_t *schemas_json(const struct schema *const *s)
{
	json_t *json = json_object();

	for (; *s; s++)
		json_object_set_new(json, (*s)->name, schema_json(*s));
	return json;
}

static json_t *content(json_t *schema)
{
	return json_pack("{s:{s:o}}", "application/json", "schema", schema);
}

/* Returns the response, for what else it is to have. */
static json_t *add_response(json_t *responses, int status, const char *description, json_t *schema)
{
	json_t *json = json_pack("{s:s}", "description", description);
	char key[8];

	if (schema)
		json_object_set_new(json, "content", content(schema));
	snprintf(key, sizeof(key), "%d", status);
	json_object_set_new(responses, key, json);
	return json;
}

static void add_error(json_t *responses, int status, const char *description)
{
	add_response(responses, status, description, reference("ErrorResponse"));
}

/* The schema of an answer's name: "Name", or "[Name]" for a list; "id" and "name" are strings. */
static json_t *answer_json(const char *answer)
{
	size_t n = strcspn(answer + (*answer == '['), "]");
	AUTO_FREE char *name = xstrndup(answer + (*answer == '['), n);
	json_t *item = isupper((unsigned char)*name) ? reference(name) : type_named("string");

	return *answer == '[' ? list_of(item) : item;
}

static json_t *responses_json(const struct api *api, const struct endpoint *e)
{
	json_t *responses = json_object(), *links = openapi_links(api, e);

	json_t *success = add_response(
		responses, e->success, "success", e->answer ? answer_json(e->answer) : NULL);

	if (links)
		json_object_set_new(success, "links", links);
	if (e->body || e->query || strchr(e->path, '{'))
		add_error(responses, 400, "the request has not the form that is described");
	add_error(responses, 403, "it names another server, or comes from another's page");
	if (openapi_has_404(e))
		add_error(responses, 404,
			e->conflict == 404 ? "no such object, or what is asked for cannot be"
					   : "no such object");
	if (e->conflict && e->conflict != 404)
		add_error(responses, e->conflict, "what is asked for cannot be");
	if (e->body)
		add_error(responses, 413, "the body is too large");
	add_error(responses, 500, "a fault of the daemon or its host");
	add_error(responses, 503, "too many requests are under way");
	return responses;
}

static json_t *parameters_json(const struct endpoint *e)
{
	json_t *list = json_array();
	size_t n;

	for (const char *p = strchr(e->path, '{'); p; p = strchr(p + n, '{')) {
		n = strcspn(p, "}");
		AUTO_FREE char *name = xstrndup(p + 1, n - 1);

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", "path",
				      "required", 1, "schema", type_named("string")));
	}
	for (const struct query_param *q = e->query; q && q->name; q++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", q->name, "in", "query",
				      "required", q->required, "description", q->summary, "schema",
				      type_of(q->type, NULL)));
	return list;
}

static json_t *body_json(const struct schema *schema)
{
	return json_pack("{s:b, s:o}", "required", 1, "content", content(reference(schema->name)));
}

static json_t *endpoint_json(const struct api *api, const struct endpoint *e)
{
	AUTO_FREE char *id = openapi_operation_id(e);
	json_t *json = json_pack("{s:s, s:s, s:o, s:o}", "operationId", id, "summary", e->summary,
		"parameters", parameters_json(e), "responses", responses_json(api, e));

	if (e->body)
		json_object_set_new(json, "requestBody", body_json(e->body));
	return json;
}

/* OpenAPI has no word for WebSocket: the upgrade is a GET, the first frame an extension. */
static json_t *stream_json(const struct stream_endpoint *e)
{
	json_t *responses = json_object(), *json;

	add_response(responses, 101, "the connection becomes a WebSocket", NULL);
	add_error(responses, 426, "the request is no WebSocket upgrade");
	json = json_pack("{s:s, s:s, s:o}", "operationId", e->id, "summary", e->summary,
		"responses", responses);
	json_object_set_new(json, "x-websocket-first-frame", reference(e->config->name));
	json_object_set_new(json, "x-websocket-messages", reference("WebSocketMessage"));
	return json;
}

static void add_path(json_t *paths, const char *path, const char *method, json_t *operation)
{
	json_t *item = json_object_get(paths, path);
	char lower[16];
	size_t i;

	if (!item) {
		json_object_set_new(paths, path, json_object());
		item = json_object_get(paths, path);
	}
	for (i = 0; method[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)method[i]);
	lower[i] = '\0';
	json_object_set_new(item, lower, operation);
}

int openapi_answer(const struct api *api, struct response *res, struct error *err)
{
	json_t *paths = json_object();

	for (const struct endpoint *e = api->endpoints; e->path; e++)
		add_path(paths, e->path, e->method, endpoint_json(api, e));
	for (const struct stream_endpoint *e = api->streams; e->path; e++)
		add_path(paths, e->path, "GET", stream_json(e));
	res->body = json_pack("{s:s, s:{s:s, s:s}, s:o, s:{s:o}}", "openapi", OPENAPI_VERSION,
		"info", "title", "Kleene API", "version", KLEENE_VERSION, "paths", paths,
		"components", "schemas", schemas_json(api->schemas));
	return res->body ? 0 : error_set(err, ERROR_SYSTEM, "the description cannot be written");
}
