/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/router.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* A path cut at its slashes, each part decoded: an escaped slash is part of a name. */
static int split(const char *path, struct strings *parts, struct error *err)
{
	size_t n;
	char *part;

	for (path++;; path += n + 1) {
		n = strcspn(path, "/");
		part = http_decode(path, n, false, err);
		if (!part)
			return -1;
		strings_take(parts, part);
		if (!path[n])
			return 0;
	}
}

/* Compares with a template; on a match params holds the indices of the parts for its {…}. */
static bool matches(
	const char *template, const struct strings *parts, size_t params[PATH_PARAMS_MAX])
{
	size_t found = 0, n, i;

	for (i = 0, template ++; i < parts->n; i++, template += n + 1) {
		const char *part = parts->v[i];

		n = strcspn(template, "/");
		if (*template == '{') {
			if (!*part || found == PATH_PARAMS_MAX)
				return false;
			params[found++] = i;
		} else if (strlen(part) != n || strncmp(part, template, n) != 0) {
			return false;
		}
		if (!template[n])
			return i + 1 == parts->n;
	}
	return false;
}

/* Boolean parameters also come as Python writes them. */
static json_t *query_value(const struct query_param *param, const char *text, struct error *err)
{
	json_t *value = NULL;
	long long n;
	char *end;

	switch (param->type) {
	case SCHEMA_BOOLEAN:
		if (strcasecmp(text, "true") == 0)
			value = json_true();
		else if (strcasecmp(text, "false") == 0)
			value = json_false();
		break;
	case SCHEMA_INTEGER:
		errno = 0;
		n = strtoll(text, &end, 10);
		if (*text && !*end && !errno && !strchr(" \t+", *text))
			value = json_integer(n);
		break;
	default:
		value = json_string(text);
	}
	if (!value)
		error_set(err, ERROR_INVALID, "query parameter %s: expected %s, got \"%.100s\"",
			param->name, param->type == SCHEMA_BOOLEAN ? "true or false" : "an integer",
			text);
	return value;
}

static int query_one(const struct query_param *params, const char *text, size_t n, json_t *query,
	struct error *err)
{
	size_t name_len = strcspn(text, "=&");
	AUTO_FREE char *name = http_decode(text, name_len, true, err);
	AUTO_FREE char *value = NULL;
	json_t *json;

	if (name_len < n)
		value = http_decode(text + name_len + 1, n - name_len - 1, true, err);
	else
		value = xstrdup("");
	if (!name || !value)
		return -1;
	for (; params && params->name; params++) {
		if (strcmp(params->name, name) != 0)
			continue;
		json = query_value(params, value, err);
		if (!json)
			return -1;
		json_object_set_new(query, name, json);
	}
	return 0;
}

static int query_parse(
	const struct query_param *params, const char *text, json_t *query, struct error *err)
{
	size_t n;

	for (; *text; text += n + (text[n] == '&')) {
		n = strcspn(text, "&");
		if (n && query_one(params, text, n, query, err))
			return -1;
	}
	for (; params && params->name; params++)
		if (params->required && !json_object_get(query, params->name))
			return error_set(
				err, ERROR_INVALID, "missing query parameter: %s", params->name);
	return 0;
}

static int not_allowed(
	const struct http_head *head, struct buffer *allow, const char *methods, struct error *err)
{
	buffer_printf(allow, "Allow: %s\r\n", methods);
	error_set(err, ERROR_INVALID, "%s does not take %.20s", head->path, head->method);
	return 405;
}

static int find_endpoint(const struct endpoint *e, const struct http_head *head,
	const struct strings *parts, struct route *route, struct buffer *allow, struct error *err)
{
	size_t params[PATH_PARAMS_MAX] = {0};
	AUTO(buffer_free) struct buffer methods = {0};

	for (; e->path; e++) {
		memset(params, 0, sizeof(params));
		if (!matches(e->path, parts, params))
			continue;
		if (strcmp(e->method, head->method) == 0) {
			route->endpoint = e;
			for (size_t i = 0; i < PATH_PARAMS_MAX && params[i]; i++)
				route->path[i] = xstrdup(parts->v[params[i]]);
			return 0;
		}
		buffer_printf(&methods, "%s%s", methods.len ? ", " : "", e->method);
	}
	if (methods.len)
		return not_allowed(head, allow, methods.data, err);
	error_set(err, ERROR_NOT_FOUND, "no such endpoint: %.200s", head->path);
	return 404;
}

static const struct stream_endpoint *find_stream(
	const struct stream_endpoint *e, const struct strings *parts)
{
	size_t params[PATH_PARAMS_MAX];

	for (; e->path; e++)
		if (matches(e->path, parts, params))
			return e;
	return NULL;
}

int route_find(const struct api *api, const struct http_head *head, struct route *route,
	struct buffer *allow, struct error *err)
{
	AUTO(strings_free) struct strings parts = {0};
	const struct stream_endpoint *stream;
	int status;

	memset(route, 0, sizeof(*route));
	if (split(head->path, &parts, err))
		return 400;
	stream = find_stream(api->streams, &parts);
	if (stream && strcmp(head->method, "GET") == 0) {
		route->stream = stream;
		return 0;
	}
	if (!stream && head->upgrade_websocket) {
		error_set(err, ERROR_NOT_FOUND, "no such endpoint: %.200s", head->path);
		return 404;
	}
	/* also below a stream's path: an object may be called as that is, and be removed */
	status = find_endpoint(api->endpoints, head, &parts, route, allow, err);
	if (status == 404 && stream)
		return not_allowed(head, allow, "GET", err);
	if (status)
		return status;
	route->query = json_object();
	return query_parse(route->endpoint->query, head->query, route->query, err) ? 400 : 0;
}

void route_free(struct route *route)
{
	for (size_t i = 0; i < PATH_PARAMS_MAX; i++)
		free(route->path[i]);
	json_decref(route->query);
	memset(route, 0, sizeof(*route));
}
