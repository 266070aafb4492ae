/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking a container's configuration, and creating containers. */
#include "container/containers.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "container/anonymous.h"
#include "container/networks.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/images.h"
#include "dataset/mounts.h"
#include "net/settings.h"
#include "params/confinement.h"
#include "params/devices.h"
#include "params/jailparam.h"
#include "params/limit.h"
#include "params/names.h"
#include "params/process_settings.h"
#include "params/restart_policy.h"
#include "runtime/protection.h"

#define NAME_ATTEMPTS  16
#define START_TIME_MAX (24 * 60 * 60) /* s */

int container_check_restart(const json_t *config, struct error *err)
{
	const char *text = json_string_value(json_object_get(config, "restart_policy"));
	struct restart_policy policy;

	if (restart_policy_parse(text, &policy, err) != 0)
		return -1;
	if (policy.kind == RESTART_NO || !json_is_true(json_object_get(config, "auto_remove")))
		return 0;
	return error_set(err, ERROR_INVALID,
		"restart_policy %s (--restart) does not go with auto_remove (--rm): the container "
		"is removed when it has ended",
		text);
}

static int check_env(const json_t *list, struct error *err)
{
	json_t *item;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item) {
		const char *text = json_string_value(item), *equals = strchr(text, '=');

		if (equals == NULL || equals == text)
			return error_set(err, ERROR_INVALID,
				"bad environment variable '%s': expected NAME=VALUE", text);
	}
	return 0;
}

int container_check_config(struct daemon *d, const json_t *config, struct error *err)
{
	struct jail_settings settings;
	struct limits limits;
	const char *name = json_string_value(json_object_get(config, "name"));

	if (name != NULL && name[0] != '\0' && !name_valid(name))
		return error_set(err, ERROR_INVALID,
			"bad container name '%s': 1 to 63 letters, digits, '_', '.' or '-', "
			"beginning with a letter or digit",
			name);
	if (check_env(json_object_get(config, "env"), err) != 0 ||
		check_env(json_object_get(config, "env_add"), err) != 0 ||
		container_check_restart(config, err) != 0 ||
		process_settings_check(config, err) != 0 ||
		mounts_check(json_object_get(config, "mounts"), err) != 0 ||
		devices_check(json_object_get(config, "devices"), err) != 0)
		return -1;
	if (ports_check(d, config, err) != 0 || network_files_check(config, err) != 0)
		return -1;
	if (limits_parse(config, &limits, err) != 0 || limits_check(d->host, &limits, err) != 0)
		return -1;
	if (jail_settings_parse(json_object_get(config, "jail_param"), "", &settings, err) != 0)
		return -1;
	jail_settings_free(&settings);
	return 0;
}

/* Inserts the container, under a generated name if it has none. */
static int add_to_store(struct daemon *d, struct container *c, struct error *err)
{
	bool generate = c->name == NULL || c->name[0] == '\0';
	int result = -1;

	for (unsigned int i = 0; i < NAME_ATTEMPTS && result != 0; i++) {
		if (generate) {
			free(c->name);
			c->name = name_generate(i);
		}
		result = store_add_container(d->store, c, err);
		if (result != 0 && (!generate || err->kind != ERROR_CONFLICT))
			break;
	}
	return result;
}

/*
 * Makes the container that *c describes on the host, in its networks; leaves nothing behind on
 * failure. One that is removed when it has stopped need not survive a power cut.
 */
static int make(struct daemon *d, struct container *c, const json_t *networks, struct error *err)
{
	AUTO(held_release) struct held held = hold(d->locks, c->id);
	bool durable = !json_is_true(json_object_get(c->config, "auto_remove"));
	AUTO_FREE char *origin = NULL;
	AUTO_FREE char *dataset = dataset_name("container", c->id);
	struct error ignored;

	if (add_to_store(d, c, err) != 0)
		return -1;
	origin = image_state_dataset(d, c->image_id, c->snapshot, err);
	if (origin != NULL && storage_clone(d->storage, origin, c->snapshot, dataset, err) == 0 &&
		networks_reserve(d, c, networks, err) == 0 &&
		(json_array_size(json_object_get(c->config, "public_ports")) == 0 ||
			ports_store(d, c->id, c->config, err) == 0) &&
		/* last: they are not the container's, and would stay */
		mounts_make_volumes(d, c->config, err) == 0 &&
		store_container_ready(d->store, c->id, durable, err) == 0)
		return 0;
	/* whatever becomes of the rest, its name is free */
	if (store_removing_container(d->store, c->id, true, &ignored) != 0)
		log_error("container %s: %s", c->id, ignored.message);
	remove_rest(d, REMOVE_CONTAINER, c->id, &ignored);
	return -1;
}

/* Adds to the answer what the host says of a container like this; its configuration is checked. */
static int add_warnings(
	struct daemon *d, const struct container *c, json_t *answer, struct error *err)
{
	AUTO(jail_settings_free) struct jail_settings settings = {0};
	AUTO(strings_free) struct strings warnings = {0};
	enum network_driver driver;
	json_t *list;

	if (network_driver_of(c->config, &driver, err) != 0 ||
		jail_settings_parse(
			json_object_get(c->config, "jail_param"), c->id, &settings, err) != 0)
		return -1;
	host_warnings(d->host, driver, &settings.kernel, &warnings);
	if (warnings.n == 0)
		return 0;
	list = json_array();
	for (size_t i = 0; i < warnings.n; i++) {
		log_warning("container %s (%s): %s", c->id, c->name, warnings.v[i]);
		json_array_append_new(list, json_string(warnings.v[i]));
	}
	json_object_set_new(answer, "warnings", list);
	return 0;
}

static int check_start_time(const json_t *config, struct error *err)
{
	int64_t seconds = container_start_time(config);

	if (seconds >= 0 && seconds <= START_TIME_MAX)
		return 0;
	return error_set(err, ERROR_INVALID,
		"ContainerConfig.remove_unless_started: expected 0 to %d seconds", START_TIME_MAX);
}

int container_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *ref = json_string_value(json_object_get(req->body, "image"));
	const char *name = json_string_value(json_object_get(req->body, "name"));
	const json_t *networks = json_object_get(req->body, "networks");
	struct container c = {0};
	struct image image;
	struct image_ref state;
	char created[32];
	int result;

	if (ref == NULL || ref[0] == '\0')
		return error_set(err, ERROR_INVALID, "ContainerConfig.image: no image given");
	if (networks_choose_driver(d, req->body, networks, err) != 0 ||
		container_check_config(d, req->body, err) != 0 ||
		check_start_time(req->body, err) != 0 ||
		store_find_state(d->store, ref, &state, err) != 0 ||
		store_get_image(d->store, state.id, &image, err) != 0)
		return -1;
	timestamp(created);
	id_new(c.id);
	c.name = name ? xstrdup(name) : NULL;
	c.image_id = xstrdup(state.id);
	c.snapshot = xstrdup(state.snapshot[0] ? state.snapshot : IMAGE_SNAPSHOT);
	c.created = xstrdup(created);
	c.config = json_deep_copy(req->body);
	json_object_del(c.config, "name");
	json_object_del(c.config, "image");
	json_object_del(c.config, "networks");
	process_settings_inherit(c.config, image.config);
	anonymous_name(d, c.config, image.config);
	result = mounts_check(json_object_get(c.config, "mounts"), err); /* not too many */
	if (result == 0)
		result = confinement_check_container(&c, err);
	if (result == 0)
		result = protection_note(d, &c, err);
	if (result == 0)
		result = make(d, &c, networks, err);
	if (result == 0) {
		log_info("container %s (%s) has been created", c.id, c.name);
		if (container_start_time(c.config) > 0)
			remove_unless_started(d, c.id, container_start_time(c.config));
		res->body = id_response(c.id);
		result = add_warnings(d, &c, res->body, err);
	}
	image_free(&image);
	container_free(&c);
	return result;
}
