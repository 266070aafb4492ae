/* The end of a container, once its warden has ended: what is tidied up and what runs then. */
#include "kleened/runtime_private.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/log.h"
#include "kleened/containers.h"
#include "kleened/lifecycle.h"
#include "kleened/reconcile.h"

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
	runtime_remove_dir(r, c->id);
	log_info("container %s has stopped", c->id);

	pthread_mutex_lock(&r->mutex);
	for (struct running **at = &r->table; *at != NULL; at = &(*at)->next) {
		if (*at == c) {
			*at = c->next;
			break;
		}
	}
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
	container_has_stopped(r->daemon, c->id);
	running_free(c);
}

struct finish {
	struct runtime *runtime;
	struct running *row;
};

static void *finish(void *arg)
{
	struct finish *f = arg;
	struct runtime *r = f->runtime;
	struct running *c = f->row;
	bool done;

	free(f);
	pthread_mutex_lock(&r->mutex);
	while (c->starting)
		pthread_cond_wait(&r->changed, &r->mutex);
	pthread_mutex_unlock(&r->mutex);
	store_container_exited(r->daemon->store, c->id, c->exit); /* who started it may know more */
	done = lifecycle_end(r->daemon, c->id) == 0;
	if (done)
		forget(r, c);
	pthread_mutex_lock(&r->mutex);
	if (!done)
		c->given_up = true;
	r->finishing--;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}

void runtime_finish(struct runtime *r, struct running *c)
{
	struct finish *f = xcalloc(1, sizeof(*f));
	pthread_t thread;

	*f = (struct finish){r, c};
	pthread_mutex_lock(&r->mutex);
	r->finishing++;
	pthread_mutex_unlock(&r->mutex);
	if (pthread_create(&thread, NULL, finish, f) != 0)
		abort();
	pthread_detach(thread);
}

void runtime_has_ended(struct runtime *r, struct running *c)
{
	struct daemon *d = r->daemon;
	bool wait;

	waitpid(c->pid, NULL, WNOHANG); /* nothing to reap if an earlier daemon started it */
	reconcile_leftovers(d, c->id);
	limits_release(d->host, c->id);
	store_container_exited(d->store, c->id, c->exit);
	execs_remove_running(d->execs, c->id);
	close_fd(&c->process); /* the row is not watched any more */
	pthread_mutex_lock(&r->mutex);
	wait = c->end_commands || (c->starting && c->exit.code < 0);
	pthread_mutex_unlock(&r->mutex);
	if (wait)
		runtime_finish(r, c);
	else
		forget(r, c);
}

void runtime_kill(struct runtime *r, const char *id)
{
	struct wire w = {0};
	struct error err;

	wire_begin(&w, MSG_STOP);
	wire_u64(&w, FIELD_TIMEOUT, 0);
	runtime_request(r, id, &w, &err); /* if it fails, it has ended already */
	wire_free(&w);
}

void runtime_end(struct runtime *r, const char *id)
{
	if (runtime_is_running(r, id, NULL))
		runtime_kill(r, id);
	runtime_wait_end(r, id);
}
