/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/runtime_private.h"

#include <string.h>

#include "base/private.h"

struct running *running_find(struct runtime *r, const char *id)
{
	return id_table_get(&r->table, id);
}

void runtime_attend(struct runtime *r, struct running *c)
{
	if (c->fresh || c->ended)
		return;
	c->fresh = true;
	c->next_fresh = r->fresh;
	r->fresh = c;
	poller_wake(r->poller);
}

void runtime_add(struct runtime *r, struct running *c)
{
	pthread_mutex_lock(&r->mutex);
	id_table_put(&r->table, c->id, c);
	r->undecided += c->undecided;
	runtime_attend(r, c);
	pthread_mutex_unlock(&r->mutex);
}

struct running *running_new(const char *id)
{
	struct running *c = xcalloc(1, sizeof(*c));

	memcpy(c->id, id, sizeof(c->id));
	c->pid = -1;
	c->process = c->watch.fd = c->memory_watch = -1;
	c->exit.code = -1;
	c->version = protocol_version(0);
	for (int i = 0; i < SOURCES; i++)
		c->sources[i] = (struct source){.row = c, .kind = (enum source_kind)i};
	return c;
}

void running_free(struct running *c)
{
	wire_conn_close(&c->watch);
	close_fd(&c->process);
	close_fd(&c->memory_watch);
	free(c);
}

void running_exited(struct running *c, int code)
{
	if (!c->exit_known)
		c->exit.code = code;
}

static int make_directories(struct daemon *d, struct error *err)
{
	AUTO_FREE char *dir = xasprintf("%s/container", d->config->run_dir);

	return private_directory(dir, err);
}

static int start_threads(struct runtime *r, struct error *err)
{
	int rc;

	r->poller = poller_new(err);
	if (r->poller == NULL || runtime_start_enders(r, err) != 0)
		return -1;
	rc = pthread_create(&r->watcher, NULL, runtime_watch, r);
	r->watching = rc == 0;
	return rc == 0 ? 0 : error_errno(err, rc, "cannot make the thread that watches containers");
}

struct runtime *runtime_new(struct daemon *d, runtime_end_fn on_end, struct error *err)
{
	struct runtime *r = xcalloc(1, sizeof(*r));

	r->daemon = d;
	r->on_end = on_end;
	r->last_todo = &r->todo;
	pthread_mutex_init(&r->mutex, NULL);
	condition_init(&r->changed);
	pthread_cond_init(&r->work, NULL);
	if (make_directories(d, err) == 0 && start_threads(r, err) == 0)
		return r;
	runtime_free(r);
	return NULL;
}

static void end_threads(struct runtime *r)
{
	pthread_mutex_lock(&r->mutex);
	r->stopping = true;
	pthread_cond_broadcast(&r->work);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
	if (r->watching) {
		poller_wake(r->poller);
		pthread_join(r->watcher, NULL);
	}
	for (unsigned int i = 0; i < r->nenders; i++)
		pthread_join(r->enders[i], NULL);
	pthread_mutex_lock(&r->mutex);
	while (r->finishing > 0)
		pthread_cond_wait(&r->changed, &r->mutex);
	pthread_mutex_unlock(&r->mutex);
}

void runtime_free(struct runtime *r)
{
	AUTO_FREE char *dir = NULL;
	struct id_cursor at = {0};
	struct running *c;

	if (r == NULL)
		return;
	end_threads(r);
	while ((c = id_table_next(&r->table, &at)) != NULL)
		running_free(c);
	id_table_free(&r->table);
	poller_free(r->poller);
	pthread_cond_destroy(&r->work);
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
			running_exited(c, exit_code);
		pthread_cond_broadcast(&r->changed);
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
