/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that waits for what wardens tell and for their ends. It never waits for anything else:
 * what takes time at an end is done by the threads of ending.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/log.h"
#include "runtime/execs.h"
#include "runtime/runtime_private.h"

#define EVENTS	  64
#define RETRY_MAX 1000

/* ---- what is waited for ---- */

static int fd_of(const struct running *c, enum source_kind kind)
{
	return kind == SOURCE_WATCH	? c->watch.fd
	       : kind == SOURCE_PROCESS ? c->process
					: c->memory_watch;
}

static void drop(struct runtime *r, struct running *c, enum source_kind kind)
{
	if (c->sources[kind].waiting)
		poller_drop(r->poller, fd_of(c, kind));
	c->sources[kind].waiting = false;
}

/* runtime_force_end looks at them, too. */
static void know_process(struct runtime *r, struct running *c, pid_t pid, int process)
{
	pthread_mutex_lock(&r->mutex);
	if (process != c->process)
		close_fd(&c->process);
	c->pid = pid;
	c->process = process;
	pthread_mutex_unlock(&r->mutex);
}

/* Waits for what the row has by now. A descriptor that cannot be waited for is given up. */
static void wait_for(struct runtime *r, struct running *c, enum source_kind kind)
{
	struct source *s = &c->sources[kind];
	struct error err;

	if (s->waiting || fd_of(c, kind) < 0)
		return;
	if (poller_add(r->poller, fd_of(c, kind), s, &err) == 0) {
		s->waiting = true;
		return;
	}
	log_error("container %s: %s", c->id, err.message);
	if (kind == SOURCE_WATCH) {
		wire_conn_close(&c->watch);
		c->link = LINK_SILENT;
	} else if (kind == SOURCE_PROCESS) {
		know_process(r, c, c->pid, -1);
	} else {
		close_fd(&c->memory_watch);
	}
}

/* ---- rows without connection ---- */

/* Without a connection, or a process to wait for, a row is looked at from time to time. */
static bool running_is_silent(const struct running *c)
{
	return c->link == LINK_SILENT || c->process < 0;
}

static bool is_ending(struct runtime *r, const struct running *c)
{
	bool ending;

	pthread_mutex_lock(&r->mutex);
	ending = c->ending;
	pthread_mutex_unlock(&r->mutex);
	return ending;
}

static void queue_close(struct runtime *r, struct running *c)
{
	if (!c->close_queued)
		runtime_queue(r, c, TODO_CLOSE);
	c->close_queued = true;
}

static void retry_later(struct runtime *r, struct running *c)
{
	struct running **at = &r->silent;

	c->retry_at = now_ms() + c->retry_delay;
	c->retry_delay = c->retry_delay < RETRY_MAX / 2 ? 2 * c->retry_delay : RETRY_MAX;
	while (*at != NULL && *at != c)
		at = &(*at)->next_silent;
	if (*at == NULL) {
		c->next_silent = NULL;
		*at = c;
	}
}

static void forget_silent(struct runtime *r, const struct running *c)
{
	for (struct running **at = &r->silent; *at != NULL; at = &(*at)->next_silent) {
		if (*at == c) {
			*at = c->next_silent;
			return;
		}
	}
}

/* It goes before it is looked at anew. The mutex is held. */
static void forget_fresh(struct runtime *r, struct running *c)
{
	struct running **at = &r->fresh;

	while (c->fresh && *at != c)
		at = &(*at)->next_fresh;
	if (c->fresh)
		*at = c->next_fresh;
	c->fresh = false;
}

/* It is known now how a container is that a daemon before this one has started. */
void runtime_decide(struct runtime *r, struct running *c)
{
	pthread_mutex_lock(&r->mutex);
	r->undecided -= c->undecided;
	c->undecided = false;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

/* Connects to the warden and asks what runs in its container; the answers come as messages. */
static int ask(struct runtime *r, struct running *c, struct error *err)
{
	struct wire w = {0};
	int n, process = c->process;
	pid_t pid;

	c->watch = (struct wire_conn){.fd = run_files_connect(r->daemon, c->id, err)};
	if (c->watch.fd < 0 || (pid = socket_peer_root(c->watch.fd, err)) < 0)
		return -1;
	if (c->pid > 0 && pid != c->pid)
		return error_set(err, ERROR_SYSTEM, "process %d answers for its warden, %d",
			(int)pid, (int)c->pid);
	if (process < 0 && (process = process_watch(pid, err)) < 0)
		return -1;
	if (c->pid < 0)
		host_adopt(r->daemon->host, pid);
	know_process(r, c, pid, process);
	execs_doubt(r->daemon->execs, c->id);
	protocol_put_watch(&w);
	n = wire_send(c->watch.fd, &w, NULL, 0, MSG_DONTWAIT, err);
	wire_free(&w);
	return n;
}

static void has_ended(struct runtime *r, struct running *c);

static void try_again(struct runtime *r, struct running *c)
{
	struct error err;

	forget_silent(r, c);
	if (c->link == LINK_SILENT && !is_ending(r, c)) {
		if (ask(r, c, &err) == 0) {
			c->link = LINK_ASKED;
			c->retry_delay = RETRY_MIN;
		} else {
			wire_conn_close(&c->watch);
			log_debug("container %s: %s", c->id, err.message);
		}
		wait_for(r, c, SOURCE_WATCH);
	}
	wait_for(r, c, SOURCE_PROCESS);
	if (c->process < 0 && !run_files_locked(r->daemon, c->id))
		has_ended(r, c);
	else if (running_is_silent(c))
		retry_later(r, c);
}

/* ---- connections ---- */

/* Reads once. 1: something came; 0: nothing is there; -1: the connection is of no more use. */
static int read_watch(struct runtime *r, struct running *c)
{
	struct error err = {0};
	int n = wire_conn_read(&c->watch, &err);

	if (n < 0 && (err.code == EAGAIN || err.code == EWOULDBLOCK))
		return 0;
	if (runtime_take_messages(r, c, &err) < 0 || n < 0) {
		log_error("container %s: %s", c->id, err.message);
		return -1;
	}
	return n > 0 ? 1 : -1;
}

/*
 * After the end was told this is the warden saying that it has undone what it had made. Otherwise
 * nobody knows why: while its process lives, the connection is made anew.
 */
static void connection_is_gone(struct runtime *r, struct running *c)
{
	drop(r, c, SOURCE_WATCH);
	wire_conn_close(&c->watch);
	c->link = LINK_SILENT;
	if (is_ending(r, c)) {
		queue_close(r, c);
		return;
	}
	c->retry_delay = RETRY_MIN;
	retry_later(r, c);
}

/* The warden's process has ended, and the host has released the container. */
static void has_ended(struct runtime *r, struct running *c)
{
	int code;

	while (c->watch.fd >= 0 && read_watch(r, c) > 0)
		continue;
	for (int i = 0; i < SOURCES; i++)
		drop(r, c, (enum source_kind)i);
	wire_conn_close(&c->watch);
	forget_silent(r, c);
	code = run_files_end(r->daemon, c->id);
	pthread_mutex_lock(&r->mutex);
	if (!c->ending)
		running_exited(c, code >= 0 ? code : 128 + SIGKILL); /* it was ended from outside */
	c->ending = c->ended = true;
	forget_fresh(r, c);
	pthread_mutex_unlock(&r->mutex);
	runtime_decide(r, c);
	queue_close(r, c);
	c->next_silent = r->ended;
	r->ended = c;
}

/* ---- the thread ---- */

static void handle(struct runtime *r, const struct source *s)
{
	struct running *c = s->row;

	if (!s->waiting) /* that was over with an event before this one */
		return;
	if (s->kind == SOURCE_MEMORY)
		runtime_memory_event(r, c);
	else if (s->kind == SOURCE_PROCESS)
		has_ended(r, c);
	else if (read_watch(r, c) < 0)
		connection_is_gone(r, c);
}

/* A row is new, or has to be looked at anew. */
static void attend(struct runtime *r, struct running *c)
{
	bool limited;

	pthread_mutex_lock(&r->mutex);
	limited = c->limited;
	pthread_mutex_unlock(&r->mutex);
	if (limited && c->memory_watch < 0)
		c->memory_watch = limits_watch(r->daemon->host, c->id);
	wait_for(r, c, SOURCE_MEMORY);
	if (running_is_silent(c)) {
		c->retry_delay = RETRY_MIN;
		try_again(r, c);
		return;
	}
	fcntl(c->watch.fd, F_SETFL, O_NONBLOCK);
	wait_for(r, c, SOURCE_WATCH);
	wait_for(r, c, SOURCE_PROCESS);
	if (running_is_silent(c))
		retry_later(r, c);
}

/* False when the daemon stops. */
static bool attend_fresh(struct runtime *r)
{
	struct running *c;
	bool stopping;

	do {
		pthread_mutex_lock(&r->mutex);
		stopping = r->stopping;
		c = stopping ? NULL : r->fresh;
		if (c != NULL) {
			r->fresh = c->next_fresh;
			c->fresh = false; /* from now on it may come again */
		}
		pthread_mutex_unlock(&r->mutex);
		if (c != NULL)
			attend(r, c);
	} while (c != NULL);
	return !stopping;
}

/* Tries what is due; returns ms until the next one is, -1: there is none. */
static int attend_silent(struct runtime *r)
{
	int64_t now = now_ms(), first = -1;
	struct running *c = r->silent;

	while (c != NULL) {
		struct running *next = c->next_silent;

		if (c->retry_at <= now)
			try_again(r, c);
		c = next;
	}
	for (c = r->silent; c != NULL; c = c->next_silent)
		if (first < 0 || c->retry_at < first)
			first = c->retry_at;
	if (first < 0)
		return -1;
	now = now_ms();
	return first > now ? (int)(first - now) : 0;
}

/* No event can be of these rows any more: from here on they are others'. */
static void hand_over(struct runtime *r)
{
	while (r->ended != NULL) {
		struct running *c = r->ended;

		r->ended = c->next_silent;
		runtime_queue(r, c, TODO_END);
	}
}

void *runtime_watch(void *arg)
{
	struct runtime *r = arg;
	void *owners[EVENTS];

	while (attend_fresh(r)) {
		int timeout = attend_silent(r), n;

		hand_over(r);
		n = poller_wait(r->poller, owners, EVENTS, timeout);
		for (int i = 0; i < n; i++)
			handle(r, owners[i]);
		hand_over(r);
	}
	return NULL;
}
