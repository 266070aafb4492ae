/* SPDX-License-Identifier: BSD-2-Clause */
#include "container/kill.h"

#include <signal.h>

#include "base/signals.h"
#include "container/containers.h"
#include "daemon/daemon.h"
#include "params/process_settings.h"
#include "runtime/restarts.h"
#include "runtime/runtime.h"

static int send_signal(struct daemon *d, const char *id, int signal, struct error *err)
{
	struct wire w = {0};
	int result;

	wire_begin(&w, MSG_KILL);
	wire_u64(&w, FIELD_SIGNAL, (uint64_t)signal);
	result = runtime_request(d->runtime, id, &w, err);
	wire_free(&w);
	return result;
}

/* As a stop does, so that its restart policy does not start it again. */
static int end(struct daemon *d, const char *id, struct error *err)
{
	const struct stop_how at_once = {.timeout = 0};
	struct container c;

	if (store_get_container(d->store, id, &c, err) != 0)
		return -1;
	if (c.wanted)
		restarts_stop(d->restarts, id);
	container_free(&c);
	return runtime_stop(d->runtime, id, &at_once, err);
}

int container_kill_endpoint(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *name = json_string_value(json_object_get(req->query, "signal"));
	int signal = signal_parse(name, err);
	char id[ID_LEN + 1];

	if (signal < 0 || store_find_container(d->store, req->path[0], id, err) != 0)
		return -1;
	AUTO(held_release) struct held held = hold(d->locks, id);

	if (!runtime_is_running(d->runtime, id, NULL))
		return error_set(err, ERROR_CONFLICT, "container not running");
	if ((signal == SIGKILL ? end(d, id, err) : send_signal(d, id, signal, err)) != 0)
		return -1;
	res->body = id_response(id);
	return 0;
}
