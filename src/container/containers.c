/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers as the API shows them, and how they stop and go. */
#include "container/containers.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "container/anonymous.h"
#include "container/networks.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/mounts.h"
#include "dataset/sizes.h"
#include "network/netstate.h"
#include "params/jailparam.h"
#include "params/process_settings.h"
#include "runtime/execs.h"
#include "runtime/lifecycle.h"
#include "runtime/restarts.h"
#include "runtime/run_files.h"
#include "runtime/runtime.h"
#include "store/store_build.h"

/* ---- showing ---- */

void container_look(struct daemon *d, const struct container *c, struct container_state *state)
{
	struct container now;
	struct error ignored;

	*state = (struct container_state){.exit = c->exit};
	state->running = runtime_looks_running(
		d->runtime, c->id, &state->number, c->visit == VISIT_NONE ? &state->exit : NULL);
	/* it has ended since it was read from the store */
	if (!state->running && state->exit.code == EXIT_UNKNOWN &&
		store_get_container(d->store, c->id, &now, &ignored) == 0) {
		state->exit = now.exit;
		container_free(&now);
	}
}

char *container_status(
	struct daemon *d, const struct container *c, const struct container_state *state)
{
	struct container now = *c;

	now.exit = state->exit;
	if (c->broken)
		return xstrdup("broken");
	if (state->running)
		return xstrdup("running");
	if (state->exit.code < 0)
		return xstrdup("created");
	return xasprintf("exited (%d)%s%s", state->exit.code,
		state->exit.out_of_memory ? ", out of memory" : "",
		restarts_expected(d->restarts, &now) ? ", restarting" : "");
}

static json_t *container_json(struct daemon *d, const struct container *c)
{
	static const char *const limits[] = {"memory", "cpus", "pids"};
	AUTO_FREE char *dataset = dataset_name("container", c->id);
	AUTO_FREE char *name = storage_dataset_name(d->storage, dataset);
	AUTO_FREE char *status = NULL;
	json_t *json = json_deep_copy(c->config);
	struct container_state state;

	container_look(d, c, &state);
	status = container_status(d, c, &state);
	json_object_update_new(json,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:i}", "id", c->id, "name", c->name,
			"image_id", c->image_id, "dataset", name, "created", c->created, "running",
			state.running, "status", status, "restart_count", (int)c->restarts));
	if (c->started[0] != '\0')
		json_object_set_new(json, "started", json_string(c->started));
	if (state.exit.code >= 0)
		json_object_update_new(json, json_pack("{s:i, s:b}", "exit_code", state.exit.code,
						     "out_of_memory", state.exit.out_of_memory));
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (json_object_get(json, limits[i]) ==
			NULL) /* it was made before there were any */
			json_object_set_new(json, limits[i], json_integer(0));
	json_object_set_new(json, "public_ports", ports_json(d, c));
	if (json_object_get(json, "jail_param") == NULL)
		json_object_set_new(json, "jail_param", json_array());
	return json;
}

int container_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct container c;
	AUTO_FREE char *dataset = NULL;
	json_t *points, *places, *container;
	char id[ID_LEN + 1];
	int result;

	if (store_find_container(d->store, req->path[0], id, err) != 0 ||
		store_get_container(d->store, id, &c, err) != 0)
		return -1;
	dataset = dataset_name("container", c.id);
	container = container_json(d, &c);
	if (sizes_wanted(req))
		sizes_add(d, dataset, container);
	points = json_array();
	mounts_append_points(&c, NULL, points);
	places = json_array();
	res->body = json_pack("{s:o, s:o, s:o}", "container", container, "container_endpoints",
		places, "container_mountpoints", points);
	result = networks_append_endpoints(d, NULL, c.id, places, err);
	container_free(&c);
	return result;
}

/* ---- changing ---- */

/* Where the host goes down, a command that fails keeps no container from being stopped. */
static int stop_commands(struct daemon *d, const struct container *c,
	const struct jail_settings *settings, struct error *err)
{
	int result = lifecycle_stop(d, c, settings, err);

	if (result == 0 || !d->host_ends)
		return result;
	log_error("container %s: %s", c->id, err->message);
	return 0;
}

static void complete_stop(struct daemon *d, const char *id);

int container_stop(struct daemon *d, const char *id, const json_t *seconds, struct error *err)
{
	AUTO(jail_settings_free) struct jail_settings settings = {0};
	struct stop_how how;
	struct container c;
	int result;

	if (store_get_container(d->store, id, &c, err) != 0)
		return -1;
	result = jail_settings_parse(json_object_get(c.config, "jail_param"), c.id, &settings, err);
	if (result == 0)
		result = stop_commands(d, &c, &settings, err);
	if (result == 0 && c.wanted && !d->host_ends)
		restarts_stop(d->restarts, id);
	how = process_settings_stop(c.config, settings.stop_timeout);
	if (seconds != NULL)
		how.timeout = json_integer_value(seconds) * 1000;
	container_free(&c);
	if (result == 0)
		result = runtime_stop(d->runtime, id, &how, err);
	if (result == 0)
		complete_stop(d, id);
	return result;
}

/* Stopping a container that does not run means that it shall not be started by itself either. */
static int cancel_restart(struct daemon *d, const char *id, struct error *err)
{
	struct container c;
	bool expected;

	if (store_get_container(d->store, id, &c, err) != 0)
		return -1;
	expected = restarts_expected(d->restarts, &c);
	container_free(&c);
	if (!expected)
		return error_set(err, ERROR_NOT_FOUND, "container not running");
	restarts_stop(d->restarts, id);
	return 0;
}

int container_stop_endpoint(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const json_t *seconds = json_object_get(req->query, "timeout");
	char id[ID_LEN + 1];

	if (seconds != NULL && process_settings_check_timeout(seconds, err) != 0)
		return -1;
	if (store_find_container(d->store, req->path[0], id, err) != 0)
		return -1;
	AUTO(held_release) struct held held = hold(d->locks, id);

	if (!runtime_is_running(d->runtime, id, NULL)) {
		if (cancel_restart(d, id, err) != 0)
			return -1;
	} else if (container_stop(d, id, seconds, err) != 0) {
		return -1;
	}
	res->body = id_response(id);
	return 0;
}

/* Its configuration is all that tells of them, so they go before its row. */
static void remove_volumes(struct daemon *d, const char *id)
{
	struct container c;
	struct error err;

	if (store_get_container(d->store, id, &c, &err) != 0)
		return; /* gone already, or broken */
	if (container_with_volumes(&c))
		anonymous_remove(d, &c);
	container_free(&c);
}

int container_finish_removal(struct daemon *d, const char *id, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("container", id);

	if (run_files_remove(d, id, err) != 0 || network_files_remove(d, id, err) != 0 ||
		storage_destroy(d->storage, dataset, err) != 0)
		return -1;
	remove_volumes(d, id);
	return store_drop_container(d->store, id, err);
}

/* Removes a container that does not run. The caller holds its lock. */
static int remove_container(struct daemon *d, const char *id, bool volumes, struct error *err)
{
	if (runtime_is_running(d->runtime, id, NULL))
		return error_set(err, ERROR_CONFLICT, "you cannot remove a running container");
	if (store_is_build_container(d->store, id))
		return error_set(err, ERROR_CONFLICT, "a build runs in container %s", id);
	if (store_removing_container(d->store, id, volumes, err) != 0)
		return -1;
	netstate_settle(d->netstate, id);
	execs_remove_container(d->execs, id);
	restarts_forget(d->restarts, id);
	return remove_rest(d, REMOVE_CONTAINER, id, err);
}

struct removal {
	struct daemon *daemon;
	char id[ID_LEN + 1];
	bool (*is_due)(const struct container *c); /* of one that does not run */
	bool unstarted;
};

static bool has_stopped(const struct container *c)
{
	return json_is_true(json_object_get(c->config, "auto_remove"));
}

int64_t container_start_time(const json_t *config)
{
	return json_integer_value(json_object_get(config, "remove_unless_started"));
}

static bool never_started(const struct container *c)
{
	return container_start_time(c->config) > 0 && c->exit.code == EXIT_NONE;
}

/* Whether it is there and to be removed. */
static bool is_due(struct removal *r)
{
	struct container c;
	struct error err;
	bool due;

	if (store_get_container(r->daemon->store, r->id, &c, &err) != 0)
		return false;
	due = r->is_due(&c);
	r->unstarted = never_started(&c);
	container_free(&c);
	return due;
}

static void remove_due(void *arg)
{
	struct removal *r = arg;
	struct error err;
	AUTO(held_release) struct held held = hold(r->daemon->locks, r->id);

	/* somebody else may have removed it, or started it again */
	if (!runtime_is_running(r->daemon->runtime, r->id, NULL) && is_due(r)) {
		if (r->unstarted)
			log_notice("container %s is removed: nobody has started it", r->id);
		if (remove_container(r->daemon, r->id, false, &err) != 0 &&
			err.kind != ERROR_NOT_FOUND)
			log_error("container %s is not removed: %s", r->id, err.message);
	}
	held_release(&held);
	free(r);
}

static void remove_if(struct daemon *d, const char *id, bool (*due)(const struct container *c))
{
	struct removal *r = xcalloc(1, sizeof(*r));

	r->daemon = d;
	r->is_due = due;
	snprintf(r->id, sizeof(r->id), "%s", id);
	/* a queue refuses when the daemon is stopping: the next one removes it */
	if (!is_due(r) || pool_run(d->housework, remove_due, r) != 0)
		free(r);
}

void container_has_stopped(struct daemon *d, const char *id)
{
	remove_if(d, id, has_stopped);
}

void container_not_started(struct daemon *d, const char *id)
{
	remove_if(d, id, never_started);
}

/* One that is removed when it has stopped has gone when that is said. The caller holds its lock. */
static void complete_stop(struct daemon *d, const char *id)
{
	struct container c;
	struct error err;
	bool remove = false;

	if (store_get_container(d->store, id, &c, &err) == 0) {
		remove = has_stopped(&c);
		container_free(&c);
	}
	/* what fails goes on by itself */
	if (remove && remove_container(d, id, false, &err) != 0)
		log_error("container %s is not removed: %s", id, err.message);
}

int container_find(struct daemon *d, const char *ref, const char *words, char id[ID_LEN + 1],
	struct error *err)
{
	if (store_find_container(d->store, ref, id, err) == 0)
		return 0;
	/* not where several begin with the same letters */
	if (err->kind == ERROR_NOT_FOUND && strncmp(err->message, "no such ", 8) == 0)
		error_set(err, ERROR_NOT_FOUND, "%s", words);
	return -1;
}

int container_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	char id[ID_LEN + 1];

	/* one that is just being removed is waited for: after the answer nothing of it is left */
	if (id_valid(req->path[0])) {
		object_lock(d->locks, req->path[0]);
		object_unlock(d->locks, req->path[0]);
	}
	if (container_find(d, req->path[0], NO_SUCH_CONTAINER, id, err) != 0)
		return -1;
	AUTO(held_release) struct held held = hold(d->locks, id);

	if (remove_container(d, id, json_is_true(json_object_get(req->query, "volumes")), err) != 0)
		return -1;
	res->body = id_response(id);
	return 0;
}

int container_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct container *list;
	size_t n;

	if (store_list_containers(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	res->body = json_array();
	for (size_t i = n; i-- > 0;) { /* the oldest first */
		AUTO(held_release) struct held held = hold(d->locks, list[i].id);

		if (json_is_true(json_object_get(list[i].config, "persist")) ||
			runtime_is_running(d->runtime, list[i].id, NULL))
			continue;
		if (remove_container(d, list[i].id, false, err) == 0)
			json_array_append_new(res->body, json_string(list[i].id));
		else if (err->kind != ERROR_NOT_FOUND && err->kind != ERROR_CONFLICT)
			log_error("container %s: %s", list[i].id, err->message);
	}
	container_list_free(list, n);
	return 0;
}
