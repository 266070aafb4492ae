/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/work.h"

#include <string.h>

#include "base/log.h"
#include "http/openapi_links.h"
#include "http/pool.h"
#include "json/json.h"

/*
 * The status that the row has for what cannot be carried out. 400 is left to what is no such
 * request at all: clients know but the codes that are listed for an endpoint, so a name or
 * parameter that cannot be is refused as any other state of affairs.
 */
static int refused(const struct endpoint *endpoint)
{
	return endpoint->conflict ? endpoint->conflict : 404;
}

static int status_of(const struct endpoint *endpoint, const struct error *err)
{
	switch (err->kind) {
	case ERROR_NOT_FOUND:
		return openapi_has_404(endpoint) ? 404 : refused(endpoint);
	case ERROR_INVALID:
	case ERROR_CONFLICT:
		return refused(endpoint);
	case ERROR_TOO_LARGE:
		return 413;
	case ERROR_UNAVAILABLE:
		return 503;
	default:
		return 500;
	}
}

/* Parses and checks the body for req->body, which the caller releases. */
static int take_body(const struct work *w, struct request *req, struct error *err)
{
	json_t *value;

	if (!w->route.endpoint->body)
		return 0;
	value = json_parse(w->body.data, w->body.len, err);
	if (!value)
		return -1;
	req->body = schema_check(w->route.endpoint->body, value, err);
	json_decref(value);
	return req->body ? 0 : -1;
}

/* Returns the status of the answer. */
static int handle(struct work *w, struct response *res, struct error *err)
{
	const struct endpoint *endpoint = w->route.endpoint;
	struct request req = {.query = w->route.query};
	int rc;

	for (size_t i = 0; i < PATH_PARAMS_MAX; i++)
		req.path[i] = w->route.path[i];
	if (take_body(w, &req, err))
		return 400;
	rc = endpoint->handle(server_daemon(w->server), &req, res, err);
	json_decref(req.body);
	return rc == 0 ? endpoint->success : status_of(endpoint, err);
}

static void run(void *arg)
{
	struct work *w = arg;
	struct server *server = w->server;
	const struct endpoint *endpoint = w->route.endpoint;
	struct http_answer answer = {0, "", w->keep_alive, false};
	struct response res = {0};
	struct error err = {ERROR_NONE, 0, ""};
	AUTO_FREE char *text = NULL;

	answer.status = handle(w, &res, &err);
	if (answer.status != endpoint->success) {
		if (answer.status == 500)
			log_error("%s %s: %s", endpoint->method, endpoint->path, err.message);
		http_refusal(&w->answer, &answer, err.message);
	} else if (res.body && !(text = json_dumps(res.body, JSON_COMPACT | JSON_ENCODE_ANY))) {
		answer.status = 500;
		http_refusal(&w->answer, &answer, "the answer cannot be written as JSON");
	} else if (res.text.data != NULL) {
		http_answer(&w->answer, &answer, res.text.data, res.text.len);
	} else {
		http_answer(&w->answer, &answer, text, text ? strlen(text) : 0);
	}
	json_decref(res.body);
	buffer_free(&res.text);
	server_post(server, &w->task);
	server_done(server);
}

int work_start(struct work *work)
{
	server_busy(work->server);
	if (pool_run(server_requests(work->server), run, work) == 0)
		return 0;
	server_done(work->server);
	return -1;
}

void work_free(struct work *work)
{
	route_free(&work->route);
	buffer_free(&work->body);
	buffer_free(&work->answer);
	free(work);
}
