/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of execution instances: exec.h. */
#include "container/exec.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "container/containers.h"
#include "container/start.h"
#include "daemon/daemon.h"
#include "daemon/waiting.h"
#include "http/session.h"
#include "params/process_settings.h"
#include "runtime/attach.h"
#include "runtime/execs.h"
#include "runtime/memory.h"
#include "runtime/runtime.h"
#include "json/json.h"

#define ATTACH_TIMEOUT 60000 /* ms, for the warden's answer */

#define CLOSE_NORMAL	 1000
#define CLOSE_GOING_AWAY 1001

int exec_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *ref = json_string_value(json_object_get(req->body, "container_id"));
	const char *user = json_string_value(json_object_get(req->body, "user"));
	const char *directory = json_string_value(json_object_get(req->body, "workdir"));
	struct exec e = {0};
	char id[ID_LEN + 1];

	if (process_settings_check(req->body, err) != 0 ||
		container_find(d, ref, CONTAINER_NOT_FOUND, e.container, err) != 0)
		return -1;
	json_add_strings(&e.cmd, json_object_get(req->body, "cmd"));
	json_add_strings(&e.env, json_object_get(req->body, "env"));
	for (size_t i = 0; i < e.env.n; i++) {
		if (strcspn(e.env.v[i], "=") == 0 || strchr(e.env.v[i], '=') == NULL) {
			error_set(err, ERROR_INVALID,
				"bad environment variable '%s': expected NAME=VALUE", e.env.v[i]);
			exec_free(&e);
			return -1;
		}
	}
	e.user = xstrdup(user ? user : "");
	e.directory = directory != NULL && directory[0] != '\0' ? xstrdup(directory) : NULL;
	e.tty = json_is_true(json_object_get(req->body, "tty"));
	if (execs_create(d->execs, &e, id, err) != 0)
		return -1;
	res->body = json_pack("{s:s}", "id", id);
	return 0;
}

/* Takes up a process that runs already. */
static int take_up(struct daemon *d, struct session *s, const struct exec *e,
	struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	struct wire w = {0};
	int n;

	if (runtime_connect(d->runtime, e->container, conn, err) != 0)
		return -1;
	wire_begin(&w, MSG_ATTACH);
	wire_str(&w, FIELD_ID, e->id);
	n = wire_send(conn->fd, &w, NULL, 0, 0, err);
	wire_free(&w);
	if (n == 0)
		n = wait_message(d, s, conn, m, ATTACH_TIMEOUT, err);
	else
		n = 0;
	if (n > 0 && m->type != MSG_STARTED) {
		n = protocol_get_failed(m, err);
		wire_message_free(m);
	} else if (n == 0) {
		n = error_set(err, ERROR_CONFLICT, "container not running");
	}
	if (n < 0)
		wire_conn_close(conn);
	return n < 0 ? -1 : 0;
}

static int signal_exec(struct daemon *d, const struct exec *e, int signal, struct error *err)
{
	struct wire w = {0};
	int result;

	wire_begin(&w, MSG_SIGNAL);
	wire_str(&w, FIELD_ID, e->id);
	wire_u64(&w, FIELD_SIGNAL, (uint64_t)signal);
	result = runtime_request(d->runtime, e->container, &w, err);
	wire_free(&w);
	return result;
}

/* A process with a client, while others move the bytes between them. */
struct attached {
	struct daemon *daemon;
	struct session *session;
	struct exec exec;
	struct attachment attachment;
	struct attach_result result;
};

static void attached_free(struct attached *x)
{
	attachment_close(&x->attachment);
	exec_free(&x->exec);
	free(x);
}

/* Tells the client how it ended. */
static int conclude(struct attached *x, struct error *err)
{
	struct daemon *d = x->daemon;
	const struct exec *e = &x->exec;
	struct attach_result r = x->result;
	AUTO_FREE char *text = NULL;

	if (r.end != ATTACH_GONE && runtime_out_of_memory(d->runtime, e->container)) {
		/* whatever else is in it is being ended */
		r = (struct attach_result){ATTACH_EXITED, 128 + SIGKILL, true};
		memory_tell(d, x->session, e->container, x->attachment.tty);
	}
	switch (r.end) {
	case ATTACH_GONE:
		if (!d->stopping && signal_exec(d, e, SIGTERM, err) == 0)
			log_info("the client of execution instance %s is gone, it was sent SIGTERM",
				e->id);
		return 0;
	case ATTACH_LOST:
		return error_set(
			err, ERROR_SYSTEM, "container %s was ended from outside", e->container);
	case ATTACH_EXITED:
		break;
	}
	if (r.last) {
		runtime_ending(d->runtime, e->container, r.code);
		text = xasprintf(
			"executable %s and its container exited with exit-code %d", e->id, r.code);
	} else {
		text = xasprintf("%s has exited with exit-code %d", e->id, r.code);
	}
	session_finish(x->session, CLOSE_NORMAL, text, "");
	return 0;
}

static void end_attached(void *arg)
{
	struct attached *x = arg;
	struct session *s = x->session;
	struct error err = {0};
	int result = conclude(x, &err);

	attached_free(x);
	session_over(s, result, &err);
}

/* The bytes have been moved: what comes now may wait for others, so a worker does it. */
static void moved(void *arg, const struct attach_result *result)
{
	struct attached *x = arg;

	x->result = *result;
	pool_run(x->daemon->endings, end_attached, x); /* a queue that outlives all sessions */
}

/* Goes on with a process that runs. What x holds is taken over, also by a failure. */
static int attach(struct attached *x, struct wire_message *m, struct error *err)
{
	if (attachment_open(&x->attachment, m, err) != 0) {
		attached_free(x);
		return -1;
	}
	attach_start(x->daemon->movers, x->session, &x->attachment, moved, x);
	return STREAM_MOVES;
}

/* Starts the instance's process, or takes it up, and says so to the client. */
static int begin(
	struct attached *x, const json_t *config, struct wire_message *m, struct error *err)
{
	struct exec *e = &x->exec;
	struct start_how how = {
		.start_container = json_is_true(json_object_get(config, "start_container")),
		.stopped_only = json_is_true(json_object_get(config, "stopped_only")),
		.detached = !json_is_true(json_object_get(config, "attach")),
		.own = e->cmd.n == 0,
		.session = x->session,
		.by = START_BY_HAND};
	int result;

	e->rows = (unsigned short)json_integer_value(json_object_get(config, "rows"));
	e->cols = (unsigned short)json_integer_value(json_object_get(config, "cols"));
	if (e->state == EXEC_RUNNING)
		result = take_up(x->daemon, x->session, e, &x->attachment.conn, m, err);
	else
		result = start_process(x->daemon, e, &how, &x->attachment.conn, m, err);
	if (result == 0) {
		execs_running(x->daemon->execs, e->id);
		session_starting(x->session, "", "");
		return 0;
	}
	if (e->state != EXEC_RUNNING)
		execs_failed(x->daemon->execs, e->id);
	if (err->kind == ERROR_EXEC)
		session_error_data(x->session, err->code == 127 ? "127" : "126");
	return -1;
}

int exec_start(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	struct attached *x = xcalloc(1, sizeof(*x));
	struct wire_message m = {0};
	int result;

	x->daemon = d;
	x->session = s;
	x->attachment = (struct attachment){.conn = {.fd = -1}, .input = -1, .outputs = {-1, -1}};
	result = execs_start(
		d->execs, json_string_value(json_object_get(config, "exec_id")), &x->exec, err);
	if (result == 0)
		result = begin(x, config, &m, err);
	if (result == 0 && json_is_true(json_object_get(config, "attach"))) {
		session_split(s, json_is_true(json_object_get(config, "separate_stderr")));
		result = attach(x, &m, err);
	} else {
		if (result == 0)
			session_finish(s, CLOSE_GOING_AWAY, "", "");
		attached_free(x);
	}
	wire_message_free(&m);
	return result;
}

int exec_stop(struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	bool force = json_is_true(json_object_get(req->query, "force_stop"));
	struct exec e;
	int result;

	if (execs_get(d->execs, req->path[0], &e, err) != 0)
		return -1;
	if (json_is_true(json_object_get(req->query, "stop_container"))) {
		AUTO(held_release) struct held held = hold(d->locks, e.container);

		result = runtime_is_running(d->runtime, e.container, NULL)
				 ? container_stop(d, e.container, NULL, err)
				 : error_set(err, ERROR_NOT_FOUND, NO_SUCH_CONTAINER);
	} else {
		result = signal_exec(d, &e, force ? SIGKILL : SIGTERM, err);
	}
	if (result == 0)
		res->body = json_pack("{s:s}", "id", e.id);
	exec_free(&e);
	return result;
}

int exec_resize(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	json_int_t rows = json_integer_value(json_object_get(req->query, "rows"));
	json_int_t cols = json_integer_value(json_object_get(req->query, "cols"));
	struct wire w = {0};
	struct exec e;
	int result;

	if (rows < 0 || rows > UINT16_MAX || cols < 0 || cols > UINT16_MAX)
		return error_set(err, ERROR_INVALID, "bad terminal size %lld x %lld",
			(long long)rows, (long long)cols);
	if (execs_get(d->execs, req->path[0], &e, err) != 0)
		return -1;
	wire_begin(&w, MSG_RESIZE);
	wire_str(&w, FIELD_ID, e.id);
	wire_u64(&w, FIELD_ROWS, (uint64_t)rows);
	wire_u64(&w, FIELD_COLS, (uint64_t)cols);
	result = runtime_request(d->runtime, e.container, &w, err);
	wire_free(&w);
	if (result == 0)
		res->body = json_pack("{s:s}", "id", e.id);
	exec_free(&e);
	return result;
}
