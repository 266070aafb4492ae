/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a container, once its warden has ended: what is tidied up and what runs then. */
#include "network/joining.h"
#include "runtime/execs.h"
#include "runtime/restarts.h"
#include "runtime/runtime_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "dataset/datasets.h"
#include "runtime/lifecycle.h"

#define ROOM_TIME 30000 /* ms */
#define ROOM_TICK 1000 /* ms until it is seen that the daemon stops */

/* Plans its next start if there is to be one. */
static void plan_restart(struct daemon *d, const char *id)
{
	struct container c;
	struct error err;

	if (store_get_container(d->store, id, &c, &err) != 0)
		return;
	restarts_ended(d->restarts, &c);
	container_free(&c);
}

/* Everything that belongs to the end of a container is over. */
static void forget(struct runtime *r, struct running *c)
{
	/* before anybody can start it: else that start would be taken for the one that has ended */
	plan_restart(r->daemon, c->id);
	run_files_forget(r->daemon, c->id);
	log_info("container %s has stopped", c->id);

	pthread_mutex_lock(&r->mutex);
	id_table_take(&r->table, c->id);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
	r->on_end(r->daemon, c->id);
	running_free(c);
}

/* What is to run at its end, and then forget it. */
struct finish {
	struct runtime *runtime;
	struct running *row;
};

static void finish(struct runtime *r, struct running *c)
{
	struct exit_status exit;
	bool done;

	pthread_mutex_lock(&r->mutex);
	while (c->starting)
		pthread_cond_wait(&r->changed, &r->mutex);
	exit = c->exit; /* who started it may know more */
	pthread_mutex_unlock(&r->mutex);
	store_container_exited(r->daemon->store, c->id, exit);
	done = lifecycle_end(r->daemon, c->id) == 0;
	if (done)
		forget(r, c);
	pthread_mutex_lock(&r->mutex);
	if (!done)
		c->given_up = true;
	r->finishing--;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

static void *finishing(void *arg)
{
	struct finish *f = arg;

	finish(f->runtime, f->row);
	free(f);
	return NULL;
}

void runtime_finish(struct runtime *r, struct running *c)
{
	struct finish *f = xcalloc(1, sizeof(*f));
	pthread_t thread;
	int rc;

	*f = (struct finish){r, c};
	pthread_mutex_lock(&r->mutex);
	r->finishing++;
	pthread_mutex_unlock(&r->mutex);
	rc = pthread_create(&thread, NULL, finishing, f);
	if (rc == 0) {
		pthread_detach(thread);
		return;
	}
	log_warning("container %s: no thread for what is to run at its end, others wait for it: %s",
		c->id, strerror(rc));
	finishing(f);
}

/* The warden has undone what it had made. */
static void close_row(struct runtime *r, struct running *c)
{
	bool end_commands;

	/* its addresses may be another's as soon as it counts as closed */
	networks_leave(r->daemon, c->id);
	end_commands = lifecycle_has_end(r->daemon, c->id);
	if (runtime_check_memory(r, c))
		runtime_log_memory_notice(r, c->id);
	pthread_mutex_lock(&r->mutex);
	c->end_commands = end_commands;
	c->closed = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

void runtime_sweep(struct daemon *d, const char *id)
{
	AUTO_FREE char *dataset = dataset_name("container", id);
	AUTO_FREE char *path = storage_path(d->storage, dataset);
	struct error err;
	bool found = false;

	if (container_sweep(d->host, id, path, &found, &err) != 0)
		log_error("container %s: %s", id, err.message);
	else if (found)
		log_notice("container %s: removed what it had left on the host", id);
	network_files_withdraw(d, id);
}

/* Its process has ended, and the host has released the container. */
static void end_row(struct runtime *r, struct running *c)
{
	struct daemon *d = r->daemon;
	struct exit_status exit;
	bool wait;

	if (c->pid > 0)
		waitpid(c->pid, NULL,
			WNOHANG); /* nothing to reap if an earlier daemon started it */
	runtime_sweep(d, c->id);
	limits_release(d->host, c->id);
	pthread_mutex_lock(&r->mutex);
	exit = c->exit;
	wait = c->end_commands || (c->starting && exit.code < 0);
	pthread_mutex_unlock(&r->mutex);
	store_container_exited(d->store, c->id, exit);
	execs_remove_running(d->execs, c->id);
	close_fd(&c->process);
	if (wait)
		runtime_finish(r, c);
	else
		forget(r, c);
}

/* ---- the threads ---- */

void runtime_queue(struct runtime *r, struct running *c, unsigned int todo)
{
	pthread_mutex_lock(&r->mutex);
	c->todo |= todo;
	r->backlog += (todo & TODO_END) != 0;
	if (!c->queued) {
		c->queued = true;
		c->next_todo = NULL;
		*r->last_todo = c;
		r->last_todo = &c->next_todo;
		pthread_cond_signal(&r->work);
	}
	pthread_mutex_unlock(&r->mutex);
}

/* Does what there is to do for a row. The mutex is held, but not meanwhile. */
static void work_on(struct runtime *r, struct running *c)
{
	while (c->todo != 0) {
		unsigned int todo = c->todo;

		c->todo = 0;
		pthread_mutex_unlock(&r->mutex);
		if (todo & TODO_CLOSE)
			close_row(r, c);
		if (todo & TODO_END)
			end_row(r, c);
		pthread_mutex_lock(&r->mutex);
		if (todo & TODO_END) { /* the row has gone */
			r->backlog--;
			pthread_cond_broadcast(&r->changed);
			return;
		}
	}
	c->queued = false;
}

void runtime_make_room(struct runtime *r)
{
	int64_t deadline = now_ms() + ROOM_TIME;

	pthread_mutex_lock(&r->mutex);
	while (r->backlog >= BACKLOG_MAX && now_ms() < deadline && !r->daemon->stopping)
		condition_wait(&r->changed, &r->mutex, now_ms() + ROOM_TICK);
	pthread_mutex_unlock(&r->mutex);
}

static void *end_rows(void *arg)
{
	struct runtime *r = arg;

	pthread_mutex_lock(&r->mutex);
	while (r->todo != NULL || !r->stopping) { /* what has been seen is taken care of */
		struct running *c = r->todo;

		if (c == NULL) {
			pthread_cond_wait(&r->work, &r->mutex);
			continue;
		}
		r->todo = c->next_todo;
		if (r->todo == NULL)
			r->last_todo = &r->todo;
		work_on(r, c);
	}
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}

int runtime_start_enders(struct runtime *r, struct error *err)
{
	int rc = 0;

	while (r->nenders < ENDERS && rc == 0) {
		rc = pthread_create(&r->enders[r->nenders], NULL, end_rows, r);
		r->nenders += rc == 0;
	}
	if (r->nenders == 0) /* one is enough, if need be */
		return error_errno(err, rc, "cannot make the threads for containers' ends");
	return 0;
}
