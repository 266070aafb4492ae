/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking up what runs after a restart of the daemon. A container of which there is any sign is in
 * one of three states: its warden answers; it is *silent*, when it lives but does not answer (it is
 * stopped, or the host has no time for it); it is *gone*. Only the kernel says that it is gone, and
 * so whoever is silent is kept, counts as running, and is asked again. One that cannot be found any
 * more, since somebody has removed the files by which it is, is ended by the kernel: never doubled.
 */
#include "runtime/runtime_private.h"

#include <dirent.h>
#include <errno.h>

#include "base/log.h"
#include "runtime/lifecycle.h"

/* What is to run at a container's end has not run: the daemon was not there, or was killed at it.
 */
static void finish(struct runtime *r, struct running *c)
{
	close_fd(&c->process);
	c->ending = c->closed = c->ended = c->end_commands = true;
	runtime_add(r, c);
	runtime_finish(r, c);
}

/* Whether anything of the container lives. What can be known of its warden goes to the row. */
static bool lives(struct runtime *r, struct running *c)
{
	struct error err;
	int fd = run_files_connect(r->daemon, c->id, &err);

	if (fd < 0)
		return run_files_locked(r->daemon, c->id);
	c->pid = socket_peer_root(fd, &err);
	close(fd);
	if (c->pid < 0) {
		log_error("container %s: %s", c->id, err.message);
		return run_files_locked(r->daemon, c->id);
	}
	c->process = process_watch(c->pid, &err);
	if (c->process < 0)
		return run_files_locked(r->daemon, c->id);
	host_adopt(r->daemon->host, c->pid);
	return true;
}

static void has_gone(struct runtime *r, struct running *c)
{
	/* first: what of it the kernel still has must not outlive what is told of it */
	runtime_sweep(r->daemon, c->id);
	if (runtime_check_memory(r, c))
		runtime_log_memory_notice(r, c->id);
	limits_release(r->daemon->host, c->id);
	if (c->exit.code >= 0) {
		log_notice("container %s has stopped while no daemon was there, exit code %d",
			c->id, c->exit.code);
		store_container_exited(r->daemon->store, c->id, c->exit);
	}
	if (lifecycle_has_end(r->daemon, c->id)) {
		finish(r, c);
		return;
	}
	run_files_forget(r->daemon, c->id);
	running_free(c);
}

static void recover(struct runtime *r, const char *id)
{
	struct running *c = running_new(id);
	bool alive = lives(r, c);

	c->exit.code =
		run_files_end(r->daemon, id); /* after that: it is the last that is written */
	if (!alive) {
		has_gone(r, c);
		return;
	}
	c->ending = c->exit.code >= 0;
	c->number = c->pid > 0 ? (int)c->pid : 0;
	c->limited = c->undecided = true;
	runtime_add(r, c);
}

/* Those whose start is in the store, and whose sign in run_dir somebody has removed. */
static int recover_others(struct runtime *r, struct error *err)
{
	struct container *list;
	size_t n;

	if (store_list_containers(r->daemon->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (container_end_unknown(&list[i]) && !runtime_knows(r, list[i].id))
			recover(r, list[i].id);
	container_list_free(list, n);
	return 0;
}

/* Waits until all have answered or ended, for as long as that is to be expected. */
static void await_answers(struct runtime *r)
{
	const struct running *c;
	struct id_cursor at = {0};
	int64_t until = now_ms() + REQUEST_TIMEOUT;
	int rc = 0;

	pthread_mutex_lock(&r->mutex);
	while (r->undecided > 0 && rc != ETIMEDOUT)
		rc = condition_wait(&r->changed, &r->mutex, until);
	while (r->undecided > 0 && (c = id_table_next(&r->table, &at)) != NULL)
		if (c->undecided)
			log_warning(
				"container %s: its warden does not answer; it counts as running "
				"until it has ended",
				c->id);
	pthread_mutex_unlock(&r->mutex);
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
	if (recover_others(r, err) != 0)
		return -1;
	await_answers(r);
	return 0;
}
