/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http/pool.h"
#include "http/session_private.h"
#include "http/utf8.h"
#include "json/json.h"

#define CLOSE_MALFORMED 1002
#define CLOSE_FAILED	1011

static void send_message(struct session *s, const char *type, const char *message, const char *data)
{
	json_t *json = json_object();
	AUTO_FREE char *text = NULL;

	utf8_set(json, "msg_type", type);
	utf8_set(json, "message", message);
	utf8_set(json, "data", data);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text)
		session_frame(s, WS_TEXT, NULL, 0, text, strlen(text));
}

void session_starting(struct session *s, const char *message, const char *data)
{
	send_message(s, "starting", message, data);
}

void session_refused(struct session *s, const char *message)
{
	send_message(s, "error", message, "");
}

int session_printf(struct session *s, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		text = NULL;
		return -1;
	}
	return session_output(s, SESSION_STDOUT, text, (size_t)len);
}

static void finish(
	struct session *s, int code, const char *type, const char *message, const char *data)
{
	char reason[WS_REASON_MAX + 1];
	size_t len;
	bool cut;

	if (s->finished)
		return;
	s->finished = true;
	len = ws_reason(reason, type, message, data, &cut);
	if (cut) { /* without a line end, which tells it from lines of output */
		session_split(s, false);
		session_last_words(s, message);
	}
	session_close(s, code, reason, len);
	session_tell_loop(s);
}

void session_finish(struct session *s, int code, const char *message, const char *data)
{
	finish(s, code, "closing", message, data);
}

void session_error_data(struct session *s, const char *data)
{
	free(s->error_data);
	s->error_data = xstrdup(data);
}

/* The first message, checked; NULL if it is wrong. */
static json_t *take_config(struct session *s, struct error *err)
{
	json_t *value = json_parse(s->config, s->config_len, err);
	json_t *config = value ? schema_check(s->endpoint->config, value, err) : NULL;

	json_decref(value);
	return config;
}

static void end(struct session *s)
{
	struct server *server = s->server;

	session_unref(s);
	server_done(server);
}

void session_over(struct session *s, int result, const struct error *err)
{
	if (result)
		finish(s, CLOSE_FAILED, "error", err->message, s->error_data ? s->error_data : "");
	else
		finish(s, CLOSE_FAILED, "error", "the operation ended without a result", "");
	end(s);
}

static void work(void *arg)
{
	struct session *s = arg;
	struct error err = {ERROR_NONE, 0, ""};
	json_t *config = take_config(s, &err);
	int result;

	if (config == NULL) {
		finish(s, CLOSE_MALFORMED, "error", err.message, "");
		end(s);
		return;
	}
	result = s->endpoint->handle(server_daemon(s->server), s, config, &err);
	json_decref(config);
	if (result != STREAM_MOVES)
		session_over(s, result, &err);
}

int session_start(struct session *s, char *config, size_t len)
{
	s->config = config;
	s->config_len = len;
	atomic_fetch_add(&s->refs, 1);
	server_busy(s->server);
	if (pool_run(server_operations(s->server), work, s) == 0)
		return 0;
	server_done(s->server);
	session_unref(s);
	return -1;
}
