/* SPDX-License-Identifier: BSD-2-Clause */
#include "kleened/stop_all.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "container/containers.h"
#include "daemon/daemon.h"
#include "runtime/runtime.h"

#define STOPS_MAX 64 /* at once: each of them waits nearly all the time */

struct stop {
	struct daemon *daemon;
	atomic_uint *failed;
	char id[ID_LEN + 1];
};

static void stop(void *arg)
{
	AUTO_FREE struct stop *s = arg;
	struct error err;
	AUTO(held_release) struct held held = hold(s->daemon->locks, s->id);

	if (runtime_is_running(s->daemon->runtime, s->id, NULL) &&
		container_stop(s->daemon, s->id, NULL, &err) != 0) {
		log_error("container %s: %s", s->id, err.message);
		atomic_fetch_add(s->failed, 1);
	}
}

/* Hands the stops to the threads; returns how many there are. */
static unsigned int begin(struct daemon *d, struct pool *threads, const struct container *list,
	size_t n, atomic_uint *failed)
{
	unsigned int begun = 0;

	for (size_t i = 0; i < n; i++) {
		struct stop *s;

		if (!runtime_knows(d->runtime, list[i].id))
			continue;
		s = xcalloc(1, sizeof(*s));
		*s = (struct stop){.daemon = d, .failed = failed};
		memcpy(s->id, list[i].id, sizeof(s->id));
		begun++;
		if (pool_run(threads, stop, s) != 0) /* a queue in use refuses nothing */
			stop(s);
	}
	return begun;
}

int stop_all(struct daemon *d, struct error *err)
{
	struct container *list;
	struct pool *threads = pool_new_queue(STOPS_MAX, err);
	atomic_uint failed = 0;
	unsigned int begun;
	size_t n;

	if (threads == NULL)
		return -1;
	d->host_ends = true;
	if (store_list_containers(d->store, STATE_READY, &list, &n, err) != 0) {
		pool_free(threads);
		return -1;
	}
	begun = begin(d, threads, list, n, &failed);
	container_list_free(list, n);
	pool_free(threads); /* waits for them */
	log_notice(
		"the host goes down: %u of %u containers have been stopped", begun - failed, begun);
	return failed == 0 ? 0
			   : error_set(err, ERROR_SYSTEM, "%u containers could not be stopped",
				     (unsigned int)failed);
}
