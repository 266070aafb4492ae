/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include "warden/warden.h"

static void answer_ok(struct connection *c)
{
	struct wire w = {0};

	wire_begin(&w, MSG_OK);
	connection_send(c, &w, NULL, 0);
	wire_free(&w);
}

static void answer_failed(struct connection *c, const struct error *err)
{
	struct wire w = {0};

	protocol_put_failed(&w, err);
	connection_send(c, &w, NULL, 0);
	wire_free(&w);
}

static void handle_start(struct warden *w, struct connection *c, struct wire_message *m)
{
	struct process_spec spec;
	struct process *started;
	struct error err;

	if (protocol_get_start(m, &spec, &err) != 0) {
		answer_failed(c, &err);
		return;
	}
	if (w->stopping != STOP_NONE)
		error_set(&err, ERROR_CONFLICT, "the container is stopping");
	else if (process_find(w, spec.id) != NULL)
		error_set(&err, ERROR_CONFLICT, "execution instance %s runs already", spec.id);
	else if (process_start(w, &spec, c, &started, &err) == 0) {
		if (m->nfds > 0)
			started->console = take_fd(&m->fds[0]);
		c->holding |= spec.hold;
		c = NULL; /* the child's report is the answer */
	}
	if (c != NULL)
		answer_failed(c, &err);
	process_spec_free(&spec);
}

/* UPDATE: changes the container's parameters. */
static void handle_update(struct warden *w, struct connection *c, struct wire_message *m)
{
	AUTO(strings_free) struct strings params = {0};
	struct wire_field f;
	struct error err;

	while (wire_next(m, &f))
		if (f.tag == FIELD_PARAM)
			strings_take(&params, wire_field_str(&f));
	if (jail_update(w->jail, &params, &err) == 0)
		answer_ok(c);
	else
		answer_failed(c, &err);
}

static void handle_kill(struct warden *w, struct connection *c, struct wire_message *m)
{
	struct error err;

	if (stop_kill(w, m, &err) == 0)
		answer_ok(c);
	else
		answer_failed(c, &err);
}

/* WATCH: every process there is, then OK, then news. */
static void handle_watch(struct warden *w, struct connection *c)
{
	struct wire ok = {0};

	c->watching = true;
	for (struct process *p = w->processes; p != NULL; p = p->next) {
		struct wire m = {0};

		if (p->internal || p->exited)
			continue;
		wire_begin(&m, MSG_EXEC);
		wire_str(&m, FIELD_ID, p->id);
		wire_u64(&m, FIELD_PID, (uint64_t)p->pid);
		wire_u64(&m, FIELD_TTY, p->tty);
		connection_send(c, &m, NULL, 0);
		wire_free(&m);
	}
	wire_begin(&ok, MSG_OK);
	wire_u64(&ok, FIELD_NUMBER, (uint64_t)jail_number(w->jail));
	wire_u64(&ok, FIELD_VERSION, PROTOCOL_VERSION);
	connection_send(c, &ok, NULL, 0);
	wire_free(&ok);
}

/* The fields that requests about one process have. */
struct target {
	struct process *process;
	uint64_t signal, rows, cols;
};

static int find_target(
	struct warden *w, struct wire_message *m, struct target *t, struct error *err)
{
	AUTO_FREE char *id = NULL;
	struct wire_field f;

	*t = (struct target){0};
	while (wire_next(m, &f)) {
		if (f.tag == FIELD_ID && id == NULL)
			id = wire_field_str(&f);
		else if (f.tag == FIELD_SIGNAL)
			t->signal = wire_field_u64(&f);
		else if (f.tag == FIELD_ROWS)
			t->rows = wire_field_u64(&f);
		else if (f.tag == FIELD_COLS)
			t->cols = wire_field_u64(&f);
	}
	t->process = id ? process_find(w, id) : NULL;
	if (t->process == NULL || t->process->exited)
		return error_set(err, ERROR_NOT_FOUND, "execution instance %s is not running",
			id ? id : "?");
	return 0;
}

static int send_signal(const struct target *t, struct error *err)
{
	if (t->signal == 0 || t->signal >= NSIG)
		return error_set(err, ERROR_INVALID, "bad signal number");
	if (kill(t->process->pid, (int)t->signal) != 0)
		return error_errno(err, errno, "cannot signal a process");
	/* a shell at a terminal ignores SIGTERM, but heeds its terminal hanging up */
	if (t->process->tty && t->signal == SIGTERM)
		kill(t->process->pid, SIGHUP);
	return 0;
}

static int resize(const struct target *t, struct error *err)
{
	struct winsize size = {
		.ws_row = (unsigned short)t->rows, .ws_col = (unsigned short)t->cols};

	if (!t->process->tty || t->process->streams[0] < 0)
		return error_set(err, ERROR_CONFLICT, "execution instance %s has no terminal",
			t->process->id);
	if (ioctl(t->process->streams[0], TIOCSWINSZ, &size) != 0)
		return error_errno(err, errno, "cannot resize a terminal");
	return 0;
}

static void handle_target(struct warden *w, struct connection *c, struct wire_message *m)
{
	struct target t;
	struct error err;

	if (find_target(w, m, &t, &err) != 0) {
		answer_failed(c, &err);
	} else if (m->type == MSG_ATTACH) {
		if (t.process->attached != NULL || t.process->starter != NULL) {
			error_set(&err, ERROR_CONFLICT,
				"another client is attached to execution instance %s",
				t.process->id);
			answer_failed(c, &err);
		} else {
			t.process->detached = false;
			process_attach(t.process, c);
		}
	} else if ((m->type == MSG_SIGNAL ? send_signal(&t, &err) : resize(&t, &err)) != 0) {
		answer_failed(c, &err);
	} else {
		answer_ok(c);
	}
}

static void close_stdin(struct warden *w, const struct connection *c)
{
	for (struct process *p = w->processes; p != NULL; p = p->next)
		if (p->attached == c && !p->tty)
			close_fd(&p->streams[0]);
}

/* A request of a later release's daemon, which then knows that it is nobody's end. */
static void answer_unknown(struct connection *c, const struct wire_message *m)
{
	struct error err;

	error_set(&err, ERROR_SYSTEM,
		"the container's warden, of protocol version %d, has no request %u",
		PROTOCOL_VERSION, m->type);
	answer_failed(c, &err);
}

static void handle(struct warden *w, struct connection *c, struct wire_message *m)
{
	switch (m->type) {
	case MSG_START:
		handle_start(w, c, m);
		break;
	case MSG_WATCH:
		handle_watch(w, c);
		break;
	case MSG_ATTACH:
	case MSG_SIGNAL:
	case MSG_RESIZE:
		handle_target(w, c, m);
		break;
	case MSG_CLOSE_STDIN:
		close_stdin(w, c);
		break;
	case MSG_UPDATE:
		handle_update(w, c, m);
		break;
	case MSG_KILL:
		handle_kill(w, c, m);
		break;
	case MSG_STOP:
		stop_begin(w, m);
		answer_ok(c);
		break;
	default:
		answer_unknown(c, m);
	}
}

void request_read(struct warden *w, struct connection *c)
{
	struct wire_message m;
	struct error err;
	int n = wire_conn_read(&c->wire, &err);

	if (n == 0 || (n < 0 && err.code != EAGAIN))
		c->closed = true;
	while ((n = wire_conn_next(&c->wire, &m, &err)) > 0) {
		handle(w, c, &m);
		wire_message_free(&m);
	}
	if (n < 0)
		c->closed = true;
}
