/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting a process in a container, and the container for it: start.h. */
#include "container/start.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/waiting.h"
#include "http/session.h"
#include "params/jailparam.h"
#include "params/process_settings.h"
#include "runtime/commands.h"
#include "runtime/execs.h"
#include "runtime/lifecycle.h"
#include "runtime/restarts.h"
#include "runtime/runtime.h"
#include "store/store_build.h"
#include "json/json.h"

#define ATTEMPTS 3 /* at a container that ends before it answers */

#define EXIT_KLEENED 125 /* the exit code that says that we failed, not the command */

int start_compose(struct daemon *d, const struct exec *e, const struct container *c, bool detached,
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
		process_settings_command(c->config, &spec->argv);
	for (size_t i = 0; i < e->env.n; i++)
		strings_setenv(&spec->env, e->env.v[i]);
	if (e->directory != NULL) {
		free(spec->directory);
		spec->directory = xstrdup(e->directory);
	}
	if (e->user[0] != '\0') {
		free(spec->user);
		spec->user = xstrdup(e->user);
	}
	if (spec->argv.n == 0)
		return error_set(err, ERROR_INVALID, "container %s has no command", c->name);
	return detached && !e->tty ? command_console(&settings, console, err) : 0;
}

/* A process that was asked for and that nobody waits for any more is not to run. */
static void abandon(struct daemon *d, const char *container, const char *process)
{
	AUTO(wire_conn_close) struct wire_conn conn = {.fd = -1};
	struct wire w = {0};
	struct error ignored;

	wire_begin(&w, MSG_SIGNAL);
	wire_str(&w, FIELD_ID, process);
	wire_u64(&w, FIELD_SIGNAL, SIGKILL);
	/* not waiting: the warden may be what does not answer */
	if (runtime_connect(d->runtime, container, &conn, &ignored) == 0)
		wire_send(conn.fd, &w, NULL, 0, MSG_DONTWAIT, &ignored);
	wire_free(&w);
}

/* Waits for the warden's answer to START. */
static enum asked await_process(struct daemon *d, const char *container, const char *process,
	struct session *session, struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	int n = wait_message(d, session, conn, m, START_TIMEOUT, err);

	if (n < 0) {
		abandon(d, container, process);
		return ASKED_FAILED;
	}
	if (n == 0) {
		error_set(err, ERROR_CONFLICT, "container %s has ended", container);
		return ASKED_ENDED;
	}
	if (m->type == MSG_STARTED)
		return ASKED_RUNS;
	protocol_get_failed(m, err);
	wire_message_free(m);
	return ASKED_FAILED;
}

static enum asked ask_warden(struct daemon *d, const char *container,
	const struct process_spec *spec, int console, struct session *session,
	struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	enum asked result = ASKED_FAILED;
	struct wire w = {0};

	if (runtime_connect(d->runtime, container, conn, err) != 0)
		return err->kind == ERROR_CONFLICT ? ASKED_ENDED : ASKED_FAILED;
	protocol_put_start(&w, spec);
	if (wire_send(conn->fd, &w, &console, console >= 0, 0, err) == 0)
		result = await_process(d, container, spec->id, session, conn, m, err);
	else if (err->code == EPIPE || err->code == ECONNRESET)
		result = ASKED_ENDED;
	wire_free(&w);
	if (result != ASKED_RUNS)
		wire_conn_close(conn);
	return result;
}

enum asked start_launch(struct daemon *d, const struct container *c,
	const struct process_spec *spec, const struct start_how *how, int console,
	struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	AUTO(wire_conn_close) struct wire_conn hold = {.fd = -1};
	enum asked result = ASKED_FAILED;

	if (runtime_launch(d->runtime, c, !how->own, err) != 0)
		return ASKED_FAILED;
	if (lifecycle_created(d, c, &hold, err) == 0)
		result = ask_warden(d, c->id, spec, console, how->session, conn, m, err);
	if (result == ASKED_RUNS && lifecycle_started(d, c, err) != 0) {
		wire_message_free(m);
		wire_conn_close(conn);
		result = ASKED_FAILED;
	}
	if (result == ASKED_RUNS)
		runtime_started(d->runtime, c->id);
	else if (result == ASKED_ENDED)
		runtime_abort(d->runtime, c->id, -1);
	else
		runtime_abort(
			d->runtime, c->id, err->kind == ERROR_EXEC ? err->code : EXIT_KLEENED);
	return result;
}

/* start_launch, with what the container's restart policy has to know of it. */
static enum asked launch_noted(struct daemon *d, const struct container *c,
	const struct process_spec *spec, const struct start_how *how, int console,
	struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	enum asked result;

	runtime_wait_end(d->runtime, c->id); /* and until it is decided what comes of that */
	if (!how->own)
		restarts_visited(d->restarts, c);
	else if (restarts_starting(d->restarts, c, how->by == START_BY_HAND, err) != 0)
		return ASKED_FAILED;
	result = start_launch(d, c, spec, how, console, conn, m, err);
	if (result != ASKED_RUNS && how->own && how->by == START_BY_HAND)
		restarts_stop(d->restarts, c->id); /* the client knows that it has failed */
	return result;
}

/* The process, in the container that runs. */
static enum asked join_run(struct daemon *d, const struct container *c, const struct start_how *how,
	const struct process_spec *spec, int console, struct wire_conn *conn,
	struct wire_message *m, struct error *err)
{
	enum asked result = ask_warden(d, c->id, spec, console, how->session, conn, m, err);

	/* what was a visit is a run of the container's own from now on */
	if (result == ASKED_RUNS && how->own && c->visit != VISIT_NONE)
		store_container_started(d->store, c->id, false);
	return result;
}

/* One attempt to start the process, and the container if need be and wished. */
static enum asked attempt(struct daemon *d, const struct container *c, const struct start_how *how,
	const struct process_spec *spec, int console, struct wire_conn *conn,
	struct wire_message *m, struct error *err)
{
	if (runtime_is_running(d->runtime, c->id, NULL)) {
		if (!how->stopped_only)
			return join_run(d, c, how, spec, console, conn, m, err);
		error_set(err, ERROR_CONFLICT, "container %s is running already", c->name);
	} else if (how->start_container && !store_is_build_container(d->store, c->id)) {
		return launch_noted(d, c, spec, how, console, conn, m, err);
	} else {
		error_set(err, ERROR_CONFLICT, "container not running");
	}
	return ASKED_FAILED;
}

/* Nobody waits for the start any more. */
static bool is_given_up(struct daemon *d, const struct start_how *how)
{
	return d->stopping || (how->session != NULL && session_gone(how->session));
}

static int start_in(struct daemon *d, const struct exec *e, const struct container *c,
	const struct start_how *how, struct wire_conn *conn, struct wire_message *m,
	struct error *err)
{
	AUTO(process_spec_free) struct process_spec spec = {0};
	AUTO_CLOSE int console = -1;
	enum asked result = ASKED_ENDED;
	/* what a policy started, and has ended, is the policy's to start again, and to count */
	int attempts = how->by == START_BY_HAND ? ATTEMPTS : 1;

	if (c->state != STATE_READY)
		return error_set(err, ERROR_NOT_FOUND, "no such container '%s'", e->container);
	if ((how->by == START_AGAIN && !c->wanted) ||
		(how->by != START_BY_HAND && restarts_cancelled(d->restarts, c->id)))
		return error_set(err, ERROR_CONFLICT, "container %s has been stopped", c->name);
	if (start_compose(d, e, c, how->detached, &spec, &console, err) != 0)
		return -1;
	/* a container may end between the look at it and the warden's answer: then start it anew */
	for (int i = 0; i < attempts && result == ASKED_ENDED; i++) {
		if (i > 0 && is_given_up(d, how))
			return -1;
		result = attempt(d, c, how, &spec, console, conn, m, err);
	}
	if (result == ASKED_ENDED)
		error_set(err, ERROR_CONFLICT,
			"container %s has ended %d times before it could run "
			"the process",
			c->name, attempts);
	return result == ASKED_RUNS ? 0 : -1;
}

int start_process(struct daemon *d, const struct exec *e, const struct start_how *how,
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
	if (execs_create(d->execs, &e, id, err) != 0 || execs_start(d->execs, id, &e, err) != 0)
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
static void start_by_policy(
	struct daemon *d, const struct container *c, const struct start_how *how)
{
	struct container now;
	struct error err = {0};

	if (start_detached(d, c, how, &err) == 0 || err.kind == ERROR_CONFLICT)
		return;
	log_error("container %s is not started: %s", c->name, err.message);
	if (store_get_container(d->store, c->id, &now, &err) != 0)
		return;
	if (how->by == START_WITH_DAEMON || now.wanted) { /* else somebody has stopped it */
		now.exit = (struct exit_status){.code = EXIT_KLEENED};
		now.wanted = true;
		restarts_failed(d->restarts, &now, c->restarts);
	}
	container_free(&now);
}

void start_planned(struct daemon *d, const char *id, bool with_daemon)
{
	const struct start_how how = {.start_container = true,
		.stopped_only = true,
		.detached = true,
		.own = true,
		.by = with_daemon ? START_WITH_DAEMON : START_AGAIN};
	struct container c;
	struct error err;

	if (store_get_container(d->store, id, &c, &err) != 0)
		return;
	if (with_daemon || c.wanted)
		start_by_policy(d, &c, &how);
	container_free(&c);
}

void start_with_daemon(struct daemon *d)
{
	struct container *list;
	struct error err;
	size_t n;

	if (store_list_containers(d->store, STATE_READY, &list, &n, &err) != 0) {
		log_error("cannot start containers: %s", err.message);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct restart_policy policy;
		struct restart_state state;

		if (!runtime_looks_running(d->runtime, list[i].id, NULL, NULL) &&
			restarts_look(&list[i], &policy, &state, &err) == 0 &&
			restart_with_daemon(&policy, &state))
			restarts_with_daemon(d->restarts, list[i].id);
	}
	container_list_free(list, n);
	restarts_begin(d->restarts);
}
