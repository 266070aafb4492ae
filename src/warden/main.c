/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "warden/warden.h"

#define CONTROL_FD	   3
#define LISTEN_BACKLOG	   128
#define STRANGERS_INTERVAL 250 /* ms between looks for strangers */

static int child_events_write = -1;

static void on_sigchld(int signal)
{
	int saved = errno;

	(void)signal;
	(void)!write(child_events_write, "", 1);
	errno = saved;
}

/* SIGCHLD makes a pipe readable, so that one poll(2) waits for everything. */
static int watch_children(struct warden *w, struct error *err)
{
	struct sigaction action = {.sa_handler = on_sigchld, .sa_flags = SA_RESTART};
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return error_errno(err, errno, "cannot make a pipe");
	w->child_events = fds[0];
	child_events_write = fds[1];
	sigaction(SIGCHLD, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* Receives the setup on the first connection, makes the container and answers. */
static int set_up(struct warden *w, struct error *err)
{
	struct connection *control = connection_add(w, CONTROL_FD);
	struct wire_message m = {0};
	struct warden_setup setup;
	struct wire answer = {0};
	int result;

	/* first: what comes may have been sent by a daemon that is no more */
	if (!jail_tie_to_daemon(CONTROL_FD) || wire_conn_wait(&control->wire, &m, -1, err) <= 0)
		return -1;
	result = protocol_get_setup(&m, &setup, err);
	wire_message_free(&m);
	if (result == 0) {
		journal_init(&w->journal, setup.logs, setup.status, setup.log_size);
		w->listener = setup.listener;
		w->lock = setup.lock;
		if (listen(w->listener, LISTEN_BACKLOG) != 0)
			error_errno(err, errno, "cannot listen on the control socket");
		else
			w->jail = jail_create(&setup.jail, err);
		jail_config_free(&setup.jail);
	}
	if (w->jail == NULL) {
		protocol_put_failed(&answer, err);
		result = -1;
	} else {
		jail_untie();
		wire_begin(&answer, MSG_READY);
		wire_u64(&answer, FIELD_NUMBER, (uint64_t)jail_number(w->jail));
		wire_u64(&answer, FIELD_VERSION, PROTOCOL_VERSION);
	}
	control->watching = true; /* it goes on as a WATCH */
	connection_send(control, &answer, NULL, 0);
	wire_free(&answer);
	return result;
}

static void accept_connection(struct warden *w)
{
	int fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		connection_add(w, fd);
}

/* The set of descriptors of one round, and what to do with each. */
struct round {
	struct pollfd *fds;
	struct watch {
		struct connection *connection;
		struct process *process;
		int stream; /* -1: the child's report */
	} * watches;
	size_t n, cap;
};

static void add(struct round *r, int fd, short events, struct watch watch)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->fds = xrealloc(r->fds, r->cap * sizeof(*r->fds));
		r->watches = xrealloc(r->watches, r->cap * sizeof(*r->watches));
	}
	r->fds[r->n] = (struct pollfd){.fd = fd, .events = events};
	r->watches[r->n++] = watch;
}

enum { SLOT_CHILDREN, SLOT_LISTENER, SLOTS };

static void collect(struct warden *w, struct round *r)
{
	r->n = 0;
	add(r, w->child_events, POLLIN, (struct watch){0});
	add(r, w->listener, POLLIN, (struct watch){0});
	for (struct connection *c = w->connections; c != NULL; c = c->next)
		add(r, c->wire.fd, (short)(POLLIN | (outgoing_waits(&c->out) ? POLLOUT : 0)),
			(struct watch){.connection = c});
	for (struct process *p = w->processes; p != NULL; p = p->next) {
		if (p->report.fd >= 0)
			add(r, p->report.fd, POLLIN, (struct watch){.process = p, .stream = -1});
		for (int i = p->tty ? 0 : 1; i < (p->tty ? 1 : 3); i++)
			if (process_is_logged(p) && p->streams[i] >= 0)
				add(r, p->streams[i], POLLIN,
					(struct watch){.process = p, .stream = i});
	}
}

static void serve_connection(struct warden *w, struct connection *c, short events)
{
	if (events & POLLOUT)
		connection_flush(c);
	if (events & ~POLLOUT)
		request_read(w, c);
}

static void serve(struct warden *w, const struct round *r)
{
	char bytes[64];

	for (size_t i = SLOTS; i < r->n; i++) {
		const struct watch *watch = &r->watches[i];

		if (r->fds[i].revents == 0)
			continue;
		if (watch->connection != NULL)
			serve_connection(w, watch->connection, r->fds[i].revents);
		else if (watch->stream < 0)
			process_report(watch->process);
		else if (process_is_logged(watch->process))
			process_log(w, watch->process, watch->stream);
	}
	if (r->fds[SLOT_LISTENER].revents != 0)
		accept_connection(w);
	if (r->fds[SLOT_CHILDREN].revents != 0) {
		while (read(w->child_events, bytes, sizeof(bytes)) > 0)
			continue;
		process_reap(w);
	}
}

static void run(struct warden *w)
{
	struct round r = {0};

	while (!w->ended) {
		int64_t wait = -1;
		bool released;

		if (w->stopping != STOP_NONE) {
			stop_step(w);
			wait = w->stop_deadline - now_ms();
			wait = wait < 0 ? 0 : wait;
		}
		if (w->strangers && (wait < 0 || wait > STRANGERS_INTERVAL))
			wait = STRANGERS_INTERVAL;
		collect(w, &r);
		if (poll(r.fds, (nfds_t)r.n, (int)wait) < 0)
			continue;
		serve(w, &r);
		released = connections_forget(w);
		process_forget(w, false);
		/* nothing tells of the end of strangers, nor if the daemon died before it started
		 * a process */
		if (w->strangers || released || (w->connections == NULL && w->processes == NULL))
			process_reap(w);
	}
	free(r.fds);
	free(r.watches);
}

int main(void)
{
	struct warden w = {.listener = -1, .exit_code = -1};
	struct error err;

	fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
	if (watch_children(&w, &err) != 0 || set_up(&w, &err) != 0)
		return 1;
	run(&w);
	tell_ended(&w);
	/* nobody can connect to a container that ends */
	close_fd(&w.listener);
	process_forget(&w, true);
	connections_drain(&w);
	jail_destroy(w.jail);
	/* explicitly: at exit the kernel would close them only after it has unmounted everything */
	for (struct connection *c = w.connections; c != NULL; c = c->next)
		c->closed = true;
	connections_forget(&w);
	return 0;
}
