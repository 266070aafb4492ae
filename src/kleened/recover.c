/* Taking up what runs after a restart of the daemon. */
#include "kleened/runtime_private.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/log.h"
#include "kleened/lifecycle.h"
#include "kleened/reconcile.h"
#include "warden/journal.h"

/* Asks a warden what runs in its container. */
static int take_up(struct runtime *r, struct running *c, struct error *err)
{
	struct wire w = {0};
	struct wire_message m;
	int n;

	if (runtime_connect_control(r, c->id, &c->watch, err) != 0 ||
		(c->pid = socket_peer_root(c->watch.fd, err)) < 0 ||
		(c->process = process_watch(c->pid, err)) < 0)
		return -1;
	host_adopt(r->daemon->host, c->pid);
	protocol_put_watch(&w);
	n = wire_send(c->watch.fd, &w, NULL, 0, 0, err);
	wire_free(&w);
	while (n == 0) {
		struct wire_field f;
		AUTO_FREE char *id = NULL;
		bool tty = false;

		if (wire_conn_wait(&c->watch, &m, REQUEST_TIMEOUT, err) <= 0)
			return -1;
		while (wire_next(&m, &f)) {
			if (f.tag == FIELD_ID && id == NULL)
				id = wire_field_str(&f);
			else if (f.tag == FIELD_TTY)
				tty = wire_field_u64(&f) != 0;
			else if (f.tag == FIELD_NUMBER)
				c->number = (int)wire_field_u64(&f);
			else if (f.tag == FIELD_VERSION)
				c->version = protocol_version(wire_field_u64(&f));
		}
		if (m.type == MSG_EXEC && id != NULL && id_valid(id))
			execs_found(r->daemon->execs, id, c->id, tty);
		n = m.type == MSG_OK;
		wire_message_free(&m);
	}
	if (c->number == 0)
		c->number = (int)c->pid;
	/* an end may have come with the answer */
	return n == 1 ? runtime_take_messages(r, c, err) : -1;
}

/* How the container ended as its warden wrote it down, -1 if it did not come to that. */
static int last_status(struct runtime *r, const char *id)
{
	AUTO_FREE char *dir = runtime_dir(r, id);
	AUTO_FREE char *path = xasprintf("%s/status", dir);
	FILE *f = fopen(path, "re");
	int code = f != NULL ? journal_read_end(f) : -1;

	if (f != NULL)
		fclose(f);
	return code;
}

/* What is to run at a container's end has not run: the daemon was not there, or was killed at it.
 */
static void finish(struct runtime *r, struct running *c)
{
	reconcile_leftovers(r->daemon, c->id);
	close_fd(&c->process);
	wire_conn_close(&c->watch);
	c->ending = c->closed = c->end_commands = true;
	runtime_add(r, c);
	runtime_finish(r, c);
}

static void recover(struct runtime *r, const char *id)
{
	struct running *c = running_new(id);
	struct error err = {0};

	c->exit.code = last_status(r, id);
	if (take_up(r, c, &err) == 0) {
		log_notice("container %s is running, warden %d, protocol version %u", id,
			(int)c->pid, c->version);
		runtime_add(r, c);
		runtime_watch_memory(r, id);
		return;
	}
	if (c->process >= 0) { /* it was just ending */
		struct pollfd p = {.fd = c->process, .events = POLLIN};

		poll(&p, 1, REQUEST_TIMEOUT);
	}
	c->exit.code = last_status(r, id);
	if (runtime_check_memory(r, c))
		runtime_log_memory_notice(r, id);
	limits_release(r->daemon->host, id);
	if (c->exit.code >= 0) {
		log_notice("container %s has stopped while no daemon was there, exit code %d", id,
			c->exit.code);
		store_container_exited(r->daemon->store, id, c->exit);
	}
	if (lifecycle_has_end(r->daemon, id)) {
		finish(r, c);
		return;
	}
	runtime_remove_dir(r, id);
	running_free(c);
}

int runtime_recover(struct runtime *r, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s/container", r->daemon->config->run_dir);
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL)
		return error_errno(err, errno, "cannot read %s", path);
	while ((entry = readdir(dir)) != NULL)
		if (id_valid(entry->d_name))
			recover(r, entry->d_name);
	closedir(dir);
	return 0;
}
