/* Starting a process in a container, and the container for it: start.h. */
#include "kleened/start.h"

#include <string.h>

#include "base/log.h"
#include "kleened/api/json.h"
#include "kleened/commands.h"
#include "kleened/daemon.h"
#include "kleened/jailparam.h"
#include "kleened/lifecycle.h"
#include "kleened/store_build.h"

#define START_TIMEOUT 60000 /* ms: for the container's user database and the command's file */

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
		json_add_strings(&spec->argv, json_object_get(c->config, "cmd"));
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

/* Ends a container that was launched for a process that could then not be started. */
static void end_empty(struct daemon *d, const struct container *c, int code)
{
	runtime_kill(d->runtime, c->id);
	runtime_ending(d->runtime, c->id, code);
	runtime_started(d->runtime, c->id);
	runtime_wait_end(d->runtime, c->id);
}

int start_launch(struct daemon *d, const struct container *c, const struct process_spec *spec,
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

/* start_launch, with what the container's restart policy has to know of it. */
static int launch_noted(struct daemon *d, const struct container *c,
	const struct process_spec *spec, const struct start_how *how, int console,
	struct wire_conn *conn, struct wire_message *m, struct error *err)
{
	int result;

	runtime_wait_end(d->runtime, c->id); /* and until it is decided what comes of that */
	if (!how->own)
		restarts_visited(d->restarts, c);
	else if (restarts_starting(d->restarts, c, how->by == START_BY_HAND, err) != 0)
		return -1;
	result = start_launch(d, c, spec, console, conn, m, err);
	if (result < 0 && how->own && how->by == START_BY_HAND)
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
	if ((how->by == START_AGAIN && !c->wanted) ||
		(how->by != START_BY_HAND && restarts_cancelled(d->restarts, c->id)))
		return error_set(err, ERROR_CONFLICT, "container %s has been stopped", c->name);
	if (start_compose(d, e, c, how->detached, &spec, &console, err) != 0)
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
			result = launch_noted(d, c, &spec, how, console, conn, m, err);
		else
			result = error_set(err, ERROR_CONFLICT, "container not running");
	}
	return result > 0 ? 0 : -1;
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
