#include "kleened/runtime_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/private.h"
#include "kleened/lifecycle.h"
#include "kleened/networks.h"
#include "kleened/reconcile.h"

char *runtime_dir(struct runtime *r, const char *id)
{
	return xasprintf("%s/container/%s", r->daemon->config->run_dir, id);
}

struct sockaddr_un runtime_control_address(struct runtime *r, const char *id)
{
	AUTO_FREE char *dir = runtime_dir(r, id);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", dir);
	return address;
}

void runtime_wake(struct runtime *r)
{
	(void)!write(r->wake[1], "", 1);
}

struct running *running_find(struct runtime *r, const char *id)
{
	struct running *c = r->table;

	while (c != NULL && strcmp(c->id, id) != 0)
		c = c->next;
	return c;
}

void runtime_remove_dir(struct runtime *r, const char *id)
{
	static const char *const names[] = {"control", "status"};
	AUTO_FREE char *dir = runtime_dir(r, id);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", dir, names[i]);

		unlink(path);
	}
	rmdir(dir);
}

void runtime_add(struct runtime *r, struct running *c)
{
	pthread_mutex_lock(&r->mutex);
	c->next = r->table;
	r->table = c;
	pthread_mutex_unlock(&r->mutex);
	runtime_wake(r);
}

struct running *running_new(const char *id)
{
	struct running *c = xcalloc(1, sizeof(*c));

	memcpy(c->id, id, sizeof(c->id));
	c->process = c->watch.fd = c->memory_watch = -1;
	c->exit.code = -1;
	c->version = protocol_version(0);
	return c;
}

void running_free(struct running *c)
{
	wire_conn_close(&c->watch);
	close_fd(&c->process);
	close_fd(&c->memory_watch);
	free(c);
}

/* ---- the thread that waits for wardens ---- */

static void process_has_ended(struct runtime *r, struct running *c, struct wire_message *m)
{
	AUTO_FREE char *id = NULL;
	struct wire_field f;
	bool last = false;
	int code = -1;

	while (wire_next(m, &f)) {
		if (f.tag == FIELD_ID && id == NULL)
			id = wire_field_str(&f);
		else if (f.tag == FIELD_CODE)
			code = (int)wire_field_u64(&f);
		else if (f.tag == FIELD_LAST)
			last = wire_field_u64(&f) != 0;
	}
	if (id != NULL)
		execs_remove(r->daemon->execs, id);
	if (runtime_check_memory(r, c))
		code = c->exit.code;
	pthread_mutex_lock(&r->mutex);
	c->exit.code = code;
	c->ending |= last;
	pthread_mutex_unlock(&r->mutex);
}

int runtime_take_messages(struct runtime *r, struct running *c, struct error *err)
{
	struct wire_message m;
	int n;

	while ((n = wire_conn_next(&c->watch, &m, err)) > 0) {
		if (m.type == MSG_EXIT) {
			process_has_ended(r, c, &m);
		} else if (m.type == MSG_ENDED) {
			pthread_mutex_lock(&r->mutex);
			c->ending = true;
			pthread_mutex_unlock(&r->mutex);
		}
		wire_message_free(&m);
	}
	return n;
}

static void read_watch(struct runtime *r, struct running *c)
{
	struct error err = {0};
	bool announced, end_commands;
	int n = wire_conn_read(&c->watch, &err);
	int next = runtime_take_messages(r, c, &err);

	announced = c->ending;
	if (n <= 0 || next < 0) {
		if (n < 0 || next < 0)
			log_error("container %s: %s", c->id, err.message);
		runtime_ending(r, c->id, -1);
		/* its addresses may be another's as soon as it counts as closed */
		networks_leave(r->daemon, c->id);
		end_commands = lifecycle_has_end(r->daemon, c->id);
		if (runtime_check_memory(r, c))
			runtime_log_memory_notice(r, c->id);
		pthread_mutex_lock(&r->mutex);
		c->end_commands = end_commands;
		if (!announced)
			c->exit.code = 128 + SIGKILL; /* it was ended from outside */
		wire_conn_close(&c->watch);
		c->closed = true;
		pthread_cond_broadcast(&r->changed);
		pthread_mutex_unlock(&r->mutex);
	}
}

static void *watch_wardens(void *arg)
{
	struct runtime *r = arg;
	struct pollfd *fds = NULL;
	struct running **rows = NULL;
	char bytes[64];
	size_t n;

	for (;;) {
		bool stopping;

		pthread_mutex_lock(&r->mutex);
		stopping = r->stopping;
		n = 1;
		for (struct running *c = r->table; c != NULL; c = c->next)
			n += 2;
		fds = xrealloc(fds, n * sizeof(*fds));
		rows = xrealloc(rows, n * sizeof(*rows));
		n = 1;
		for (struct running *c = r->table; c != NULL; c = c->next) {
			/* before the rest, with which the row may go */
			if (c->memory_watch >= 0) {
				fds[n] = (struct pollfd){.fd = c->memory_watch, .events = POLLIN};
				rows[n++] = c;
			}
			/* the connection first: what it says comes before the process's end */
			fds[n].fd = c->watch.fd >= 0 ? c->watch.fd : c->process;
			fds[n].events = POLLIN;
			rows[n++] = c;
		}
		pthread_mutex_unlock(&r->mutex);
		if (stopping)
			break;
		fds[0] = (struct pollfd){.fd = r->wake[0], .events = POLLIN};
		if (poll(fds, (nfds_t)n, -1) <= 0)
			continue;
		if (fds[0].revents != 0)
			(void)!read(r->wake[0], bytes, sizeof(bytes));
		for (size_t i = 1; i < n; i++) {
			if (fds[i].revents == 0)
				continue;
			if (fds[i].fd == rows[i]->memory_watch)
				runtime_memory_event(r, rows[i]);
			else if (rows[i]->watch.fd >= 0)
				read_watch(r, rows[i]);
			else
				runtime_has_ended(r, rows[i]);
		}
	}
	free(fds);
	free(rows);
	return NULL;
}

struct runtime *runtime_new(struct daemon *d, struct error *err)
{
	struct runtime *r = xcalloc(1, sizeof(*r));
	AUTO_FREE char *dir = xasprintf("%s/container", d->config->run_dir);

	r->daemon = d;
	if (private_directory(dir, err) != 0) {
		free(r);
		return NULL;
	}
	if (pipe2(r->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		error_errno(err, errno, "cannot make a pipe");
		free(r);
		return NULL;
	}
	pthread_mutex_init(&r->mutex, NULL);
	pthread_cond_init(&r->changed, NULL);
	if (pthread_create(&r->thread, NULL, watch_wardens, r) != 0)
		abort();
	return r;
}

void runtime_free(struct runtime *r)
{
	AUTO_FREE char *dir = NULL;

	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	r->stopping = true;
	pthread_mutex_unlock(&r->mutex);
	runtime_wake(r);
	pthread_join(r->thread, NULL);
	pthread_mutex_lock(&r->mutex);
	while (r->finishing > 0)
		pthread_cond_wait(&r->changed, &r->mutex);
	pthread_mutex_unlock(&r->mutex);
	while (r->table != NULL) {
		struct running *c = r->table;

		r->table = c->next;
		running_free(c);
	}
	close(r->wake[0]);
	close(r->wake[1]);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->mutex);
	dir = xasprintf("%s/container", r->daemon->config->run_dir);
	if (rmdir(dir) == 0) /* no container runs */
		rmdir(r->daemon->config->run_dir);
	free(r);
}

/* ---- asking ---- */

bool runtime_looks_running(struct runtime *r, const char *id, int *number, struct exit_status *exit)
{
	struct running *c;
	bool running;

	pthread_mutex_lock(&r->mutex);
	c = running_find(r, id);
	running = c != NULL && !c->ending;
	if (running && number != NULL)
		*number = c->number;
	if (c != NULL && c->ending && exit != NULL)
		*exit = c->exit;
	pthread_mutex_unlock(&r->mutex);
	return running;
}

bool runtime_is_running(struct runtime *r, const char *id, int *number)
{
	struct running *c;
	bool running;

	pthread_mutex_lock(&r->mutex);
	while ((c = running_find(r, id)) != NULL && c->ending && (!c->closed || c->end_commands) &&
		!c->given_up)
		pthread_cond_wait(&r->changed, &r->mutex);
	running = c != NULL && !c->ending;
	if (running && number != NULL)
		*number = c->number;
	pthread_mutex_unlock(&r->mutex);
	return running;
}

void runtime_ending(struct runtime *r, const char *id, int exit_code)
{
	struct running *c;

	pthread_mutex_lock(&r->mutex);
	c = running_find(r, id);
	if (c != NULL) {
		c->ending = true;
		if (exit_code >= 0)
			c->exit.code = exit_code;
	}
	pthread_mutex_unlock(&r->mutex);
}

void runtime_wait_end(struct runtime *r, const char *id)
{
	const struct running *c;

	pthread_mutex_lock(&r->mutex);
	while ((c = running_find(r, id)) != NULL && !c->given_up)
		pthread_cond_wait(&r->changed, &r->mutex);
	pthread_mutex_unlock(&r->mutex);
}

void runtime_started(struct runtime *r, const char *id)
{
	struct running *c;

	pthread_mutex_lock(&r->mutex);
	c = running_find(r, id);
	if (c != NULL)
		c->starting = false;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

bool runtime_knows(struct runtime *r, const char *id)
{
	bool known;

	pthread_mutex_lock(&r->mutex);
	known = running_find(r, id) != NULL;
	pthread_mutex_unlock(&r->mutex);
	return known;
}

int runtime_connect_control(
	struct runtime *r, const char *id, struct wire_conn *c, struct error *err)
{
	struct sockaddr_un address = runtime_control_address(r, id);

	*c = (struct wire_conn){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	error_errno(err, errno, "cannot reach the warden of container %s", id);
	close_fd(&c->fd);
	return -1;
}

int runtime_connect(struct runtime *r, const char *id, struct wire_conn *c, struct error *err)
{
	if (!runtime_is_running(r, id, NULL))
		return error_set(err, ERROR_CONFLICT, "container not running");
	if (runtime_connect_control(r, id, c, err) == 0)
		return 0;
	if (err->code == ECONNREFUSED || err->code == ENOENT) /* the warden has just ended */
		error_set(err, ERROR_CONFLICT, "container not running");
	return -1;
}

int runtime_request(struct runtime *r, const char *id, struct wire *w, struct error *err)
{
	struct wire_conn c;
	struct wire_message m = {0};
	int n;

	if (runtime_connect(r, id, &c, err) != 0)
		return -1;
	n = wire_send(c.fd, w, NULL, 0, 0, err);
	if (n == 0)
		n = wire_conn_wait(&c, &m, REQUEST_TIMEOUT, err);
	else if (err->code == EPIPE)
		n = 0; /* the warden has just ended */
	if (n > 0) {
		n = m.type == MSG_FAILED ? protocol_get_failed(&m, err) : 0;
		wire_message_free(&m);
	} else if (n == 0) {
		n = error_set(err, ERROR_CONFLICT, "container not running");
	}
	wire_conn_close(&c);
	return n;
}
