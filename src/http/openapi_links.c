/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/openapi_links.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SOURCES_MAX 4

/* A kind of object, and how requests name one. */
static const struct kind {
	const char *path; /* paths about one begin with this and a parameter */
	const char *key; /* the field that names one in the list of all */
	const char *called[3]; /* fields of bodies, and further parameters of paths */
} kinds[] = {
	{"/containers/", "id", {"container", "container_id"}},
	{"/exec/", "id", {NULL}},
	{"/images/", "id", {"image"}},
	{"/networks/", "id", {"network"}},
	{"/volumes/", "name", {NULL}},
};

/* Where an object's name is found: a runtime expression of OpenAPI. */
struct source {
	const struct kind *kind;
	char *expression;
};

static const struct kind *kind_of_path(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strncmp(path, kinds[i].path, strlen(kinds[i].path)) == 0)
			return &kinds[i];
	return NULL;
}

static bool is_called(const struct kind *kind, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kind->called) && kind->called[i]; i++)
		if (strcmp(kind->called[i], name) == 0)
			return true;
	return false;
}

static const struct kind *kind_of_field(const struct field *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is_called(&kinds[i], field->name))
			return &kinds[i];
	return NULL;
}

/* What the endpoint's body names, for an answer that has no content. */
static size_t body_sources(const struct endpoint *e, struct source *sources)
{
	const struct kind *kind;
	size_t n = 0;

	for (const struct field *f = e->body ? e->body->fields : NULL; f && f->name; f++)
		if ((kind = kind_of_field(f)) && n < SOURCES_MAX)
			sources[n++] =
				(struct source){kind, xasprintf("$request.body#/%s", f->name)};
	return n;
}

static size_t find_sources(const struct endpoint *e, struct source *sources)
{
	const struct kind *kind = kind_of_path(e->path);

	if (!e->answer)
		return body_sources(e, sources);
	if (!kind || strcmp(e->method, "DELETE") == 0)
		return 0;
	if (strcmp(e->answer, "IdResponse") == 0)
		sources[0] = (struct source){kind, xstrdup("$response.body#/id")};
	else if (strcmp(e->path + strlen(kind->path), "list") == 0)
		sources[0] = (struct source){kind, xasprintf("$response.body#/0/%s", kind->key)};
	else
		return 0;
	return 1;
}

/* The parameters of a path that name objects of this kind. */
static void add_parameters(json_t *parameters, const char *path, const struct source *source)
{
	const struct kind *kind = source->kind;

	for (const char *p = strchr(path, '{'); p; p = strchr(p, '{')) {
		size_t before = (size_t)(p - path), len = strcspn(++p, "}");
		AUTO_FREE char *name = xstrndup(p, len);

		if (is_called(kind, name) ||
			(before == strlen(kind->path) && strncmp(path, kind->path, before) == 0))
			json_object_set_new(parameters, name, json_string(source->expression));
	}
}

static void add_body(json_t *body, const struct schema *schema, const struct source *source)
{
	for (const struct field *f = schema ? schema->fields : NULL; f && f->name; f++)
		if (is_called(source->kind, f->name))
			json_object_set_new(body, f->name, json_string(source->expression));
}

static void add_link(
	json_t *links, const struct endpoint *target, const struct source *sources, size_t n)
{
	json_t *parameters = json_object(), *body = json_object();
	AUTO_FREE char *id = openapi_operation_id(target);

	for (size_t i = 0; i < n; i++) {
		add_parameters(parameters, target->path, &sources[i]);
		add_body(body, target->body, &sources[i]);
	}
	if (json_object_size(parameters) || json_object_size(body)) {
		json_t *link = json_pack("{s:s}", "operationId", id);

		if (json_object_size(parameters))
			json_object_set(link, "parameters", parameters);
		if (json_object_size(body))
			json_object_set(link, "requestBody", body);
		json_object_set_new(links, id, link);
	}
	json_decref(parameters);
	json_decref(body);
}

/* What the first component of a path is called there: "Container" of "/containers/…". */
static void put_collection(struct buffer *b, const char *path)
{
	size_t len = strcspn(path + 1, "/.");

	if (len == 0)
		return;
	if (path[1 + len] == '/' && path[len] == 's')
		len--;
	buffer_printf(b, "%c%.*s", toupper((unsigned char)path[1]), (int)len - 1, path + 2);
}

/* The word of a path that says what is done: the next component that is no parameter; or NULL. */
static const char *find_verb(const char *path)
{
	const char *p = path + 1 + strcspn(path + 1, "/");

	while (*p == '/' && p[1] == '{')
		p += 1 + strcspn(p + 1, "/");
	return *p == '/' ? p + 1 : NULL;
}

char *openapi_operation_id(const struct endpoint *e)
{
	const char *verb = find_verb(e->path);
	struct buffer b = {0};

	put_collection(&b, e->path);
	if (verb == NULL)
		verb = strcmp(e->method, "DELETE") == 0 ? "remove" : "get";
	buffer_printf(&b, ".%c%.*s", toupper((unsigned char)verb[0]), (int)strcspn(verb, "/") - 1,
		verb + 1);
	return b.data;
}

bool openapi_has_404(const struct endpoint *e)
{
	if (strchr(e->path, '{') || e->conflict == 404)
		return true;
	for (const struct field *f = e->body ? e->body->fields : NULL; f && f->name; f++)
		if (kind_of_field(f))
			return true;
	return false;
}

json_t *openapi_links(const struct api *api, const struct endpoint *e)
{
	struct source sources[SOURCES_MAX];
	json_t *links;
	size_t n = find_sources(e, sources);

	if (n == 0)
		return NULL;
	links = json_object();
	for (const struct endpoint *target = api->endpoints; target->path; target++)
		add_link(links, target, sources, n);
	for (size_t i = 0; i < n; i++)
		free(sources[i].expression);
	return links;
}
