/* SPDX-License-Identifier: BSD-2-Clause */
#include "warden/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "warden/child.h"

static const char *const stream_names[] = {"stdout", "stdout", "stderr"};

struct process *process_find(struct warden *w, const char *id)
{
	for (struct process *p = w->processes; p != NULL; p = p->next)
		if (strcmp(p->id, id) == 0)
			return p;
	return NULL;
}

static void process_free(struct process *p)
{
	for (int i = 0; i < 3; i++)
		close_fd(&p->streams[i]);
	wire_conn_close(&p->report);
	close_fd(&p->console);
	free(p->id);
	free(p);
}

/*
 * Makes the pipes of a process without a terminal; theirs are the child's ends. A detached one
 * reads from a pipe into which nobody writes, and so finds the end at once: what the container
 * calls /dev/null may be anything, and the host's would be in its hands, fchmod(2).
 */
static int make_streams(struct process *p, bool detached, int theirs[3], struct error *err)
{
	int fds[2];

	for (int i = 0; i < 3; i++) {
		if (pipe2(fds, O_CLOEXEC) != 0)
			return error_errno(err, errno, "cannot make a pipe");
		theirs[i] = fds[i > 0];
		p->streams[i] = fds[i == 0];
	}
	if (detached)
		close_fd(&p->streams[0]);
	return 0;
}

int process_start(struct warden *w, const struct process_spec *spec, struct connection *starter,
	struct process **started, struct error *err)
{
	struct process *p = xcalloc(1, sizeof(*p));
	int theirs[3] = {-1, -1, -1}, report[2] = {-1, -1}, result = 0;

	p->id = xstrdup(spec->id);
	p->tty = spec->tty;
	p->detached = spec->detached;
	p->internal = spec->internal;
	p->first = !spec->internal && !w->begun;
	p->starter = starter;
	p->waiter = spec->internal ? starter : NULL;
	p->console = -1;
	p->streams[0] = p->streams[1] = p->streams[2] = -1;
	p->report.fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, report) != 0)
		result = error_errno(err, errno, "cannot make a socket pair");
	else if (!spec->tty)
		result = make_streams(p, spec->detached, theirs, err);
	if (result == 0) {
		p->pid = fork();
		if (p->pid == 0)
			child_run(w->jail, spec, theirs, report[1]);
		if (p->pid < 0)
			result = error_errno(err, errno, "cannot start a process");
	}
	for (int i = 0; i < 3; i++)
		close_fd(&theirs[i]);
	close_fd(&report[1]);
	p->report.fd = report[0];
	if (result != 0) {
		process_free(p);
		return -1;
	}
	w->begun |= p->first;
	p->next = w->processes;
	w->processes = p;
	if (started != NULL)
		*started = p;
	return 0;
}

void process_attach(struct process *p, struct connection *c)
{
	struct wire m = {0};
	int fds[3];
	size_t n = 0;

	/* a stream that ended is replaced, so that the number of descriptors stays the same */
	for (int i = 0; i < (p->tty ? 1 : 3) && !p->detached; i++)
		fds[n++] = p->streams[i] >= 0 ? p->streams[i] : STDIN_FILENO;
	wire_begin(&m, MSG_STARTED);
	wire_u64(&m, FIELD_PID, (uint64_t)p->pid);
	wire_u64(&m, FIELD_TTY, p->tty);
	connection_send(c, &m, fds, n);
	wire_free(&m);
	if (!p->detached)
		p->attached = c;
}

/* The start has failed: whoever asked for it is told. */
static void start_failed(struct process *p, const struct error *err)
{
	struct wire answer = {0};

	protocol_put_failed(&answer, err);
	if (p->starter != NULL)
		connection_send(p->starter, &answer, NULL, 0);
	p->starter = NULL;
	p->failed = true;
	p->code = err->kind == ERROR_EXEC ? err->code : -1;
	wire_free(&answer);
}

void process_report(struct process *p)
{
	struct wire_message m;
	struct error err = {0};
	int n = wire_conn_read(&p->report, &err), next;

	while ((next = wire_conn_next(&p->report, &m, &err)) > 0) {
		if (m.type == MSG_OK && m.nfds == 1 && p->tty && p->streams[0] < 0) {
			p->streams[0] = take_fd(&m.fds[0]);
		} else if (m.type == MSG_FAILED) {
			protocol_get_failed(&m, &err);
			start_failed(p, &err);
		}
		wire_message_free(&m);
	}
	if (next < 0) { /* without its terminal its output would be lost */
		start_failed(p, &err);
		if (!p->exited)
			kill(p->pid, SIGKILL);
		n = 0;
	}
	if (n > 0)
		return;
	wire_conn_close(&p->report);
	if (p->starter != NULL)
		process_attach(p, p->starter);
	p->starter = NULL;
}

bool process_is_logged(const struct process *p)
{
	return p->attached == NULL && p->starter == NULL && p->report.fd < 0;
}

void process_log(struct warden *w, struct process *p, int index)
{
	char bytes[16384];
	ssize_t n = read(p->streams[index], bytes, sizeof(bytes));

	if (n > 0 && p->console >= 0)
		(void)!write(p->console, bytes, (size_t)n);
	else if (n > 0)
		journal_output(&w->journal, stream_names[index], bytes, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		close_fd(&p->streams[index]);
}

/* Logs what is left in the streams of a container that has ended. */
static void drain(struct warden *w, struct process *p)
{
	for (int i = p->tty ? 0 : 1; i < (p->tty ? 1 : 3); i++) {
		struct pollfd poll_fd = {.fd = p->streams[i], .events = POLLIN};

		while (process_is_logged(p) && p->streams[i] >= 0 && poll(&poll_fd, 1, 0) > 0)
			process_log(w, p, i);
	}
}

/* Tells the end of a process to the status file, its attachment and those who watch. */
static void tell_exit(struct warden *w, struct process *p)
{
	struct wire m = {0};

	p->told = true;
	if (p->failed) { /* counts if nothing else has run */
		if (w->exit_code < 0)
			w->exit_code = p->code;
		return;
	}
	if (!p->internal)
		w->exit_code = p->code;
	wire_begin(&m, MSG_EXIT);
	wire_str(&m, FIELD_ID, p->id);
	wire_u64(&m, FIELD_CODE, (uint64_t)p->code);
	wire_u64(&m, FIELD_LAST, w->ended);
	if (!p->internal)
		journal_exit(&w->journal, p->id, p->code);
	for (struct connection *c = w->connections; c != NULL; c = c->next)
		if (p->internal ? c == p->waiter : c->watching || c == p->attached)
			connection_send(c, &m, NULL, 0);
	wire_free(&m);
}

void tell_ended(struct warden *w)
{
	struct wire m = {0};

	journal_end(&w->journal, w->exit_code);
	wire_begin(&m, MSG_ENDED);
	if (w->exit_code >= 0)
		wire_u64(&m, FIELD_CODE, (uint64_t)w->exit_code);
	for (struct connection *c = w->connections; c != NULL; c = c->next)
		if (c->watching)
			connection_send(c, &m, NULL, 0);
	wire_free(&m);
}

static void mark_exited(struct warden *w, pid_t pid, int status)
{
	struct process *p = w->processes;

	while (p != NULL && (p->pid != pid || p->exited))
		p = p->next;
	if (p == NULL)
		return; /* an orphan that was left to us */
	p->exited = true;
	if (!p->failed)
		p->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	while (p->report.fd >= 0) /* its start is answered before its end is told */
		process_report(p);
}

static bool is_held(const struct warden *w)
{
	for (const struct connection *c = w->connections; c != NULL; c = c->next)
		if (c->holding && !c->closed)
			return true;
	return false;
}

void process_reap(struct warden *w)
{
	int status;
	pid_t pid;
	bool childless, kept;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		mark_exited(w, pid, status);
	childless = pid < 0 && errno == ECHILD;
	w->strangers = childless && jail_has_strangers(w->jail);
	w->ended = childless && !w->strangers && (w->stopping != STOP_NONE || !is_held(w));
	for (struct process *p = w->processes; p != NULL && w->ended; p = p->next)
		drain(w, p);
	/* while the daemon holds the container nobody knows whether a process was its last one */
	kept = childless && !w->strangers && !w->ended;
	for (struct process *p = w->processes; p != NULL; p = p->next)
		if (p->exited && !p->told && (!kept || p->internal || p->failed))
			tell_exit(w, p);
}

void process_forget(struct warden *w, bool all)
{
	struct process **at = &w->processes;

	while (*at != NULL) {
		struct process *p = *at;
		bool open = p->tty ? p->streams[0] >= 0 : p->streams[1] >= 0 || p->streams[2] >= 0;

		if (!all && (!p->exited || !p->told || open || p->attached != NULL ||
				    p->report.fd >= 0)) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		process_free(p);
	}
}
