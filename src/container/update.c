/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing the configuration of a container, also while it runs. */
#include <string.h>

#include "base/log.h"
#include "container/anonymous.h"
#include "container/containers.h"
#include "container/networks.h"
#include "daemon/daemon.h"
#include "dataset/mounts.h"
#include "params/confinement.h"
#include "params/jailparam.h"
#include "params/jailparam_values.h"
#include "params/limit.h"
#include "runtime/restarts.h"
#include "runtime/runtime.h"
#include "json/json.h"

/*
 * Brings a running container to its new jail parameters as far as that goes; ERROR_CONFLICT names
 * those that count only when it is started anew.
 */
static int change_parameters(
	struct daemon *d, const struct container *c, const json_t *before, struct error *err)
{
	AUTO(jail_changes_free) struct jail_changes changes = {0};
	AUTO_FREE char *names = NULL;
	struct wire w = {0};
	int result = 0;

	if (!runtime_is_running(d->runtime, c->id, NULL))
		return 0;
	if (jail_changes_find(host_system, json_object_get(before, "jail_param"),
		    json_object_get(c->config, "jail_param"), c->id, &changes, err) != 0)
		return -1;
	if (changes.live.n > 0) {
		wire_begin(&w, MSG_UPDATE);
		wire_strings(&w, FIELD_PARAM, &changes.live);
		result = runtime_request(d->runtime, c->id, &w, err);
		wire_free(&w);
		if (result != 0 && runtime_is_running(d->runtime, c->id, NULL))
			return -1;
	}
	if (changes.restart.n == 0)
		return 0;
	names = strings_join(&changes.restart, ", ");
	return error_set(err, ERROR_CONFLICT,
		"container %s is running: %s will change when it is started anew", c->id, names);
}

static bool limits_equal(const struct limits *a, const struct limits *b)
{
	return a->memory == b->memory && a->cpu == b->cpu && a->pids == b->pids;
}

/*
 * Puts a running container whose configuration changes under its new limits at once; all of them
 * or, on failure, none. One that does not run gets them when it is started.
 */
static int update_limits(
	struct daemon *d, const char *id, const json_t *from, const json_t *to, struct error *err)
{
	struct limits before, after;

	if (limits_parse(from, &before, err) != 0 || limits_parse(to, &after, err) != 0)
		return -1;
	if (limits_equal(&before, &after) || !runtime_is_running(d->runtime, id, NULL))
		return 0;
	if (limits_change(d->host, id, &before, &after, err) == 0)
		runtime_watch_memory(d->runtime, id);
	else if (runtime_is_running(d->runtime, id, NULL)) /* it has not ended meanwhile */
		return -1;
	return 0;
}

/* Sets variables beside those that the configuration has. */
static void add_env(json_t *config)
{
	AUTO(strings_free) struct strings env = {0};
	json_t *added = json_object_get(config, "env_add"), *list, *item;
	size_t i;

	if (added == NULL)
		return;
	json_add_strings(&env, json_object_get(config, "env"));
	json_array_foreach (added, i, item)
		strings_setenv(&env, json_string_value(item));
	list = json_array();
	for (i = 0; i < env.n; i++)
		json_array_append_new(list, json_string(env.v[i]));
	json_object_set_new(config, "env", list);
	json_object_del(config, "env_add");
}

/* Sets jail parameters beside those that the configuration has, if all of them go together. */
static int add_jail_params(json_t *config, struct error *err)
{
	AUTO(jail_settings_free) struct jail_settings settings = {0};
	json_t *added = json_object_get(config, "jail_param_add");

	if (added == NULL)
		return 0;
	json_object_set_new(config, "jail_param",
		jailparam_merged(json_object_get(config, "jail_param"), added));
	json_object_del(config, "jail_param_add");
	return jail_settings_parse(json_object_get(config, "jail_param"), "", &settings, err);
}

/* Stores the new configuration, with its limits in force already; if that fails, the old ones. */
static int store_changes(struct daemon *d, struct container *c, const struct request *req,
	const json_t *before, struct error *err)
{
	const char *name = json_string_value(json_object_get(req->body, "name"));
	bool ports = json_object_get(req->body, "public_ports") != NULL;
	struct error ignored;

	if (name == NULL || name[0] == '\0')
		name = c->name;
	if (json_object_get(req->body, "mounts") != NULL)
		anonymous_rename(d, req->body, before);
	json_object_update(c->config, req->body);
	json_object_del(c->config, "name");
	json_object_del(c->config, "image");
	add_env(c->config);
	if (add_jail_params(c->config, err) != 0 ||
		mounts_check(json_object_get(req->body, "mounts"), err) != 0 ||
		container_check_restart(c->config, err) != 0 ||
		confinement_check_container(c, err) != 0 ||
		networks_check_update(d, c, before, err) != 0 ||
		(ports && ports_store(d, c->id, c->config, err) != 0))
		return -1;
	if (update_limits(d, c->id, before, c->config, err) == 0) {
		if (store_update_container(d->store, c->id, name, c->config, err) == 0)
			return 0;
		update_limits(d, c->id, c->config, before, &ignored);
	}
	if (ports)
		ports_store(d, c->id, before, &ignored);
	return -1;
}

/* What the host refuses is not so in the store either. c: as it was but for its configuration. */
static void take_back(struct daemon *d, const struct container *c, json_t *before, bool ports)
{
	struct error err;

	if (update_limits(d, c->id, c->config, before, &err) != 0 ||
		(ports && ports_store(d, c->id, before, &err) != 0) ||
		store_update_container(d->store, c->id, c->name, before, &err) != 0)
		log_error("container %s: its configuration stays changed: %s", c->id, err.message);
}

/* A container that runs is one that is wanted; what the old policy has planned is off. */
static int change_policy(struct daemon *d, const struct container *c, struct error *err)
{
	struct restart_policy policy;
	struct restart_state state;

	if (restarts_look(c, &policy, &state, err) != 0)
		return -1;
	if (!restart_after_end(&policy, &state))
		restarts_cancel(d->restarts, c->id);
	if (c->wanted || policy.kind == RESTART_NO || !runtime_is_running(d->runtime, c->id, NULL))
		return 0;
	return store_container_wanted(d->store, c->id, true, err);
}

/* What cannot be changed while the container runs, not even in the store. */
static int check_running(
	struct daemon *d, const struct container *c, const json_t *changes, struct error *err)
{
	/* the store must say what a running container has */
	static const char *const made_at_start[] = {
		"mounts", "devices", "read_only", "cap_add", "cap_drop", "shm_size", "sysctls"};

	if (!runtime_is_running(d->runtime, c->id, NULL))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(made_at_start); i++)
		if (json_object_get(changes, made_at_start[i]) != NULL)
			return error_set(err, ERROR_CONFLICT,
				"container %s is running: its %s can be changed when it is stopped",
				c->id, made_at_start[i]);
	/* its files are not kept safe from the host's end (launch.c) */
	if (json_is_true(json_object_get(c->config, "auto_remove")) &&
		json_is_false(json_object_get(changes, "auto_remove")))
		return error_set(err, ERROR_CONFLICT,
			"container %s is running: it was started to be removed when it has stopped",
			c->id);
	return 0;
}

static bool changes_parameters(const json_t *changes)
{
	return json_object_get(changes, "jail_param") != NULL ||
	       json_object_get(changes, "jail_param_add") != NULL;
}

int container_update(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	/* the published client sends empty lists of what it has no options for */
	static const char *const kept[] = {"mounts", "public_ports"};
	struct container c;
	char id[ID_LEN + 1];
	json_t *before;
	int result;

	if (store_find_container(d->store, req->path[0], id, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (json_array_size(json_object_get(req->body, kept[i])) == 0)
			json_object_del(req->body, kept[i]);
	AUTO(held_release) struct held held = hold(d->locks, id);

	if (container_check_config(d, req->body, err) != 0)
		return -1;
	if (store_get_container(d->store, id, &c, err) != 0)
		return -1;
	before = json_copy(c.config);
	result = check_running(d, &c, req->body, err);
	if (result == 0)
		result = store_changes(d, &c, req, before, err);
	if (result == 0 && (result = networks_update(d, id, err)) != 0)
		take_back(d, &c, before, json_object_get(req->body, "public_ports") != NULL);
	if (result == 0 && json_object_get(req->body, "restart_policy") != NULL)
		result = change_policy(d, &c, err);
	if (result == 0 && changes_parameters(req->body))
		result = change_parameters(d, &c, before, err);
	json_decref(before);
	container_free(&c);
	if (result == 0)
		res->body = id_response(id);
	return result;
}
