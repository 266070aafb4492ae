#include "kleened/exec.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "kleened/api/session.h"
#include "kleened/attach.h"
#include "kleened/commands.h"
#include "kleened/containers.h"
#include "kleened/daemon.h"
#include "kleened/jailparam.h"
#include "kleened/lifecycle.h"
#include "kleened/store_build.h"

#define START_TIMEOUT 60000 /* ms: for the container's user database and the command's file */

#define EXIT_KLEENED 125 /* the exit code that says that we failed, not the command */

#define CLOSE_NORMAL	 1000
#define CLOSE_GOING_AWAY 1001

static void add_all(struct strings *to, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item)
		strings_add(to, json_string_value(item));
}

int exec_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *ref = json_string_value(json_object_get(req->body, "container_id"));
	const char *user = json_string_value(json_object_get(req->body, "user"));
	struct exec e = {0};
	char id[ID_LEN + 1];

	if (store_find_container(d->store, ref, e.container, err) != 0)
		return -1;
	add_all(&e.cmd, json_object_get(req->body, "cmd"));
	add_all(&e.env, json_object_get(req->body, "env"));
	for (size_t i = 0; i < e.env.n; i++) {
		if (strcspn(e.env.v[i], "=") == 0 || strchr(e.env.v[i], '=') == NULL) {
			error_set(err, ERROR_INVALID,
				"bad environment variable '%s': expected NAME=VALUE", e.env.v[i]);
			exec_free(&e);
			return -1;
		}
	}
	e.user = xstrdup(user ? user : "");
	e.tty = json_is_true(json_object_get(req->body, "tty"));
	execs_create(d->execs, &e, id);
	res->body = json_pack("{s:s}", "id", id);
	return 0;
}

/*
 * Puts together what is run: the instance's own settings over the container's and the image's.
 * console: the file of exec.consolelog for a process that nobody is attached to, or -1.
 */
static int compose(struct daemon *d, const struct exec *e, const struct container *c, bool detached,
	struct process_spec *spec, int *console, struct error *err)
{
	AUTO(jail_settings_free) struct jail_settings settings = {0};

	*spec = (struct process_spec){
		.tty = e->tty, .detached = detached, .rows = e->rows, .cols = e->cols};
	if (jail_settings_parse(json_object_get(c->config, "jail_param"), c->id, &settings, err) !=
			0 ||
		command_surroundings(d, c, &settings, spec, err) != 0)
		return -1;
	spec->id = xstrdup(e->id);
	strings_copy(&spec->argv, &e->cmd);
	if (spec->argv.n == 0)
		add_all(&spec->argv, json_object_get(c->config, "cmd"));
	for (size_t i = 0; i < e->env.n; i++)
		strings_setenv(&spec->env, e->env.v[i]);
	if (e->user[0] != '\0') {
		free(spec->user);
		spec->user = xstrdup(e->user);
	}
	if (spec->argv.n == 0)
		return error_set(err, ERROR_INVALID, "container %s has no command", c->name);
	return detached && !e->tty ? command_console(&settings, console, err) : 0;
}

/*
 * Asks the warden for the process. 1: it runs, *m is the warden's answer; 0: the container ended
 * before the warden answered; -1: it cannot be started.
 */
static int ask_warden(struct daemon *d, const char *container, const struct process_spec *spec,
	int console, struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	struct wire w = {0};
	int n;

	if (runtime_connect(d->runtime, container, conn, err) != 0)
		return 0;
	protocol_put_start(&w, spec);
	n = wire_send(conn->fd, &w, &console, console >= 0, 0, err);
	wire_free(&w);
	if (n != 0) {
		wire_conn_close(conn);
		return err->kind == ERROR_TOO_LARGE ? -1 : 0;
	}
	n = wire_conn_wait(conn, m, START_TIMEOUT, err);
	if (n > 0 && m->type != MSG_STARTED) {
		n = protocol_get_failed(m, err);
		wire_message_free(m);
	}
	if (n <= 0)
		wire_conn_close(conn);
	return n;
}

/* Kills all processes of a container. */
static void kill_all(struct daemon *d, const char *container)
{
	struct wire w = {0};
	struct error err;

	wire_begin(&w, MSG_STOP);
	wire_u64(&w, FIELD_TIMEOUT, 0);
	runtime_request(d->runtime, container, &w, &err); /* if it fails, it has ended already */
	wire_free(&w);
}

/* Ends a container that was launched for a process that could then not be started. */
static void end_empty(struct daemon *d, const struct container *c, int code)
{
	kill_all(d, c->id);
	runtime_ending(d->runtime, c->id, code);
	runtime_started(d->runtime, c->id);
	runtime_wait_end(d->runtime, c->id);
}

/*
 * Launches the container with all that belongs to its start, and asks its warden for the process.
 * As ask_warden; on failure nothing of the container runs.
 */
static int launch(struct daemon *d, const struct container *c, const struct process_spec *spec,
	int console, struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	AUTO(wire_conn_close) struct wire_conn hold = {.fd = -1};
	int result;

	if (runtime_launch(d->runtime, c, err) != 0)
		return -1;
	result = lifecycle_created(d, c, &hold, err);
	if (result == 0)
		result = ask_warden(d, c->id, spec, console, conn, m, err);
	if (result > 0 && lifecycle_started(d, c, err) != 0) {
		wire_message_free(m);
		wire_conn_close(conn);
		result = -1;
	}
	if (result < 0)
		end_empty(d, c, err->kind == ERROR_EXEC ? err->code : EXIT_KLEENED);
	else
		runtime_started(d->runtime, c->id);
	return result;
}

/* What a start may do, and who asked for it. */
struct start_how {
	bool start_container; /* if it does not run */
	bool stopped_only; /* refuse if it does */
	bool detached;
	enum {
		START_BY_HAND, /* a client */
		START_WITH_DAEMON,
		START_AGAIN, /* unless somebody has stopped it meanwhile */
	} by;
};

/* launch, with what the container's restart policy has to know of it. */
static int launch_noted(struct daemon *d, const struct exec *e, const struct container *c,
	const struct process_spec *spec, const struct start_how *how, int console,
	struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	bool own = e->cmd.n == 0;
	int result;

	if (!own)
		restarts_visited(d->restarts, c);
	else if (restarts_starting(d->restarts, c, how->by == START_BY_HAND, err) != 0)
		return -1;
	result = launch(d, c, spec, console, conn, m, err);
	if (result < 0 && own && how->by == START_BY_HAND)
		restarts_stop(d->restarts, c->id); /* the client knows that it has failed */
	return result;
}

/* Starts the process, and the container if need be and wished. */
static int start_in(struct daemon *d, const struct exec *e, const struct container *c,
	const struct start_how *how, struct wire_conn *conn, struct wire_message *m,
	struct error *err)
{
	AUTO(process_spec_free) struct process_spec spec = {0};
	AUTO_CLOSE int console = -1;
	int result = 0;

	if (c->state != STATE_READY)
		return error_set(err, ERROR_NOT_FOUND, "no such container '%s'", e->container);
	if (how->by == START_AGAIN && !c->wanted)
		return error_set(err, ERROR_CONFLICT, "container %s has been stopped", c->name);
	if (compose(d, e, c, how->detached, &spec, &console, err) != 0)
		return -1;
	/* a container may end between the look at it and the warden's answer: then start it anew */
	while (result == 0) {
		bool running = runtime_is_running(d->runtime, c->id, NULL);

		if (running && how->stopped_only)
			result = error_set(
				err, ERROR_CONFLICT, "container %s is running already", c->name);
		else if (running)
			result = ask_warden(d, c->id, &spec, console, conn, m, err);
		else if (how->start_container && !store_is_build_container(d->store, c->id))
			result = launch_noted(d, e, c, &spec, how, console, conn, m, err);
		else
			result = error_set(err, ERROR_CONFLICT, "container not running");
	}
	return result > 0 ? 0 : -1;
}

static int start_process(struct daemon *d, const struct exec *e, const struct start_how *how,
	struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	AUTO(held_release) struct held held = hold(d->locks, e->container);
	struct container c;
	int result;

	if (store_get_container(d->store, e->container, &c, err) != 0)
		return -1;
	result = start_in(d, e, &c, how, conn, m, err);
	container_free(&c);
	return result;
}

/* Starts the container's own command with nobody attached, unless it runs. */
static int start_detached(
	struct daemon *d, const struct container *c, const struct start_how *how, struct error *err)
{
	struct wire_conn conn = {.fd = -1};
	struct wire_message m = {0};
	struct exec e = {0};
	char id[ID_LEN + 1];
	int result;

	memcpy(e.container, c->id, sizeof(e.container));
	e.user = xstrdup("");
	execs_create(d->execs, &e, id);
	if (execs_start(d->execs, id, &e, err) != 0)
		return -1;
	result = start_process(d, &e, how, &conn, &m, err);
	if (result == 0)
		execs_running(d->execs, id);
	else
		execs_remove(d->execs, id);
	wire_message_free(&m);
	wire_conn_close(&conn);
	exec_free(&e);
	return result;
}

/* Starts a container as its policy wants it; what fails is tried again if that wants it, too. */
static void start_by_policy(struct daemon *d, struct container *c, const struct start_how *how)
{
	struct error err = {0};

	if (start_detached(d, c, how, &err) == 0 || err.kind == ERROR_CONFLICT)
		return;
	log_error("container %s is not started: %s", c->name, err.message);
	c->exit = (struct exit_status){.code = EXIT_KLEENED};
	c->wanted = true;
	restarts_ended(d->restarts, c);
}

void exec_restart(struct daemon *d, const char *id)
{
	static const struct start_how how = {
		.start_container = true, .stopped_only = true, .detached = true, .by = START_AGAIN};
	struct container c;
	struct error err;

	if (store_get_container(d->store, id, &c, &err) != 0)
		return;
	if (c.wanted)
		start_by_policy(d, &c, &how);
	container_free(&c);
}

void exec_start_containers(struct daemon *d)
{
	static const struct start_how how = {.start_container = true,
		.stopped_only = true,
		.detached = true,
		.by = START_WITH_DAEMON};
	struct container *list;
	struct error err;
	size_t n;

	if (store_list_containers(d->store, STATE_READY, &list, &n, &err) != 0) {
		log_error("cannot start containers: %s", err.message);
		return;
	}
	restarts_begin(d->restarts);
	for (size_t i = 0; i < n && !d->stopping; i++) {
		struct restart_policy policy;
		struct restart_state state;

		if (!runtime_is_running(d->runtime, list[i].id, NULL) &&
			restarts_look(d->restarts, &list[i], &policy, &state, &err) == 0 &&
			restart_with_daemon(&policy, &state))
			start_by_policy(d, &list[i], &how);
	}
	container_list_free(list, n);
}

/* ---- one command of several ---- */

/* As the last line of output why the container has ended. */
static void tell_out_of_memory(struct daemon *d, struct session *s, const struct exec *e, bool tty)
{
	AUTO_FREE char *notice = runtime_memory_notice(d->runtime, e->container);
	AUTO_FREE char *line = xasprintf("kleened: %s%s", notice, tty ? "\r\n" : "\n");

	runtime_ending(d->runtime, e->container, 128 + SIGKILL);
	runtime_is_running(d->runtime, e->container, NULL); /* waits until its log says so too */
	session_output(s, SESSION_STDERR, line, strlen(line));
}

void exec_end_all(struct daemon *d, const char *container)
{
	if (runtime_is_running(d->runtime, container, NULL))
		kill_all(d, container);
	runtime_wait_end(d->runtime, container);
}

/* Launches the container with the process in it. */
static int start_single(struct daemon *d, const struct exec *e, const struct container *c,
	const char *directory, struct attachment *a, struct error *err)
{
	AUTO(held_release) struct held held = hold(d->locks, c->id);
	AUTO(process_spec_free) struct process_spec spec = {0};
	struct wire_message m = {0};
	int console = -1, result;

	if (compose(d, e, c, false, &spec, &console, err) != 0)
		return -1;
	spec.directory = xstrdup(directory);
	result = launch(d, c, &spec, -1, &a->conn, &m, err);
	if (result == 0)
		result = error_set(err, ERROR_SYSTEM, "container %s was ended from outside", c->id);
	if (result > 0)
		result = attachment_open(a, &m, err);
	wire_message_free(&m);
	return result;
}

int exec_single(struct daemon *d, struct session *s, const struct container *c,
	const struct single_run *run, int *code, struct error *err)
{
	struct attachment a = {.conn = {.fd = -1},
		.input = -1,
		.outputs = {-1, -1},
		.no_input = true,
		.silent = run->silent};
	struct exec e = {0};
	char id[ID_LEN + 1];
	bool last = false;
	int result;

	memcpy(e.container, c->id, sizeof(e.container));
	strings_copy(&e.cmd, run->cmd);
	strings_copy(&e.env, run->env);
	e.user = xstrdup(run->user);
	execs_create(d->execs, &e, id);
	result = execs_start(d->execs, id, &e, err);
	if (result == 0)
		result = start_single(d, &e, c, run->directory, &a, err);
	if (result == 0) {
		execs_running(d->execs, id);
		result = (int)attach_run(s, &a, code, &last);
		if (result != ATTACH_GONE && runtime_out_of_memory(d->runtime, c->id)) {
			tell_out_of_memory(d, s, &e, false);
			*code = 128 + SIGKILL;
			result = ATTACH_EXITED;
		} else if (result == ATTACH_LOST) {
			result = error_set(
				err, ERROR_SYSTEM, "container %s was ended from outside", c->id);
		}
	}
	execs_remove(d->execs, id);
	attachment_close(&a);
	exec_free(&e);
	AUTO(held_release) struct held held = hold(d->locks, c->id);
	exec_end_all(d, c->id);
	return result;
}

/* Takes up a process that runs already. */
static int take_up(struct daemon *d, const struct exec *e, struct wire_conn *conn,
	struct wire_message *m, struct error *err)
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
		n = wire_conn_wait(conn, m, START_TIMEOUT, err);
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

/* Moves the bytes and tells the client how it ended. */
static int run_attached(struct daemon *d, struct session *s, const struct exec *e,
	struct attachment *a, struct error *err)
{
	AUTO_FREE char *text = NULL;
	bool last = false;
	int code = 0;
	enum attach_end end = attach_run(s, a, &code, &last);

	if (end != ATTACH_GONE && runtime_out_of_memory(d->runtime, e->container)) {
		code = 128 + SIGKILL;
		last = true; /* whatever else is in it is being ended */
		end = ATTACH_EXITED;
		tell_out_of_memory(d, s, e, a->tty);
	}
	switch (end) {
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
	if (last) {
		runtime_ending(d->runtime, e->container, code);
		text = xasprintf(
			"executable %s and its container exited with exit-code %d", e->id, code);
	} else {
		text = xasprintf("%s has exited with exit-code %d", e->id, code);
	}
	session_finish(s, CLOSE_NORMAL, text, "");
	return 0;
}

int exec_start(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	bool attach = json_is_true(json_object_get(config, "attach"));
	const struct start_how how = {
		.start_container = json_is_true(json_object_get(config, "start_container")),
		.stopped_only = json_is_true(json_object_get(config, "stopped_only")),
		.detached = !attach,
		.by = START_BY_HAND};
	struct attachment a = {.conn = {.fd = -1}, .input = -1, .outputs = {-1, -1}};
	struct wire_message m = {0};
	struct exec e;
	int result;

	if (execs_start(d->execs, json_string_value(json_object_get(config, "exec_id")), &e, err) !=
		0)
		return -1;
	e.rows = (unsigned short)json_integer_value(json_object_get(config, "rows"));
	e.cols = (unsigned short)json_integer_value(json_object_get(config, "cols"));
	if (e.state == EXEC_RUNNING)
		result = take_up(d, &e, &a.conn, &m, err);
	else
		result = start_process(d, &e, &how, &a.conn, &m, err);
	if (result == 0) {
		execs_running(d->execs, e.id);
		session_starting(s, "", "");
	} else if (e.state != EXEC_RUNNING) {
		execs_remove(d->execs, e.id);
	}
	if (result == 0 && !attach) {
		session_finish(s, CLOSE_GOING_AWAY, "", "");
	} else if (result == 0) {
		session_split(s, json_is_true(json_object_get(config, "separate_stderr")));
		result = attachment_open(&a, &m, err);
		if (result == 0)
			result = run_attached(d, s, &e, &a, err);
	} else if (err->kind == ERROR_EXEC) {
		session_error_data(s, err->code == 127 ? "127" : "126");
	}
	wire_message_free(&m);
	attachment_close(&a);
	exec_free(&e);
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
				 ? container_stop(d, e.container, err)
				 : error_set(err, ERROR_NOT_FOUND, "container not running");
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
