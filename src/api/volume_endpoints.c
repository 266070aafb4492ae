/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked for of volumes. */
#include "api/volume_endpoints.h"

#include "base/log.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/mounts.h"
#include "dataset/sizes.h"
#include "dataset/volumes.h"
#include "runtime/runtime.h"

int volume_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *name = json_string_value(json_object_get(req->body, "name"));
	char id[ID_LEN + 1];

	if (name == NULL || name[0] == '\0') {
		id_new(id);
		name = id;
	}
	if (volume_check_name(name, err) != 0)
		return -1;
	AUTO_FREE char *dataset = dataset_name("volume", name);
	AUTO(held_release) struct held held = hold(d->locks, dataset);

	if (volume_make(d, name, err) != 0)
		return -1;
	res->body = id_response(name);
	return 0;
}

static json_t *volume_json(struct daemon *d, const struct volume *v, bool size)
{
	AUTO_FREE char *dataset = dataset_name("volume", v->name);
	AUTO_FREE char *name = storage_dataset_name(d->storage, dataset);
	AUTO(rootfs_free) struct rootfs root = {0};
	struct error err;
	json_t *json;

	if (storage_rootfs(d->storage, dataset, &root, &err) != 0)
		log_warning("volume %s: %s", v->name, err.message);
	json = json_pack("{s:s, s:s, s:s, s:s}", "name", v->name, "dataset", name, "mountpoint",
		root.path ? root.path : "", "created", v->created);
	if (size)
		sizes_add(d, dataset, json);
	return json;
}

int volume_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct volume *list;
	size_t n;

	if (store_list_volumes(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	res->body = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(res->body, volume_json(d, &list[i], sizes_wanted(req)));
	volume_list_free(list, n);
	return 0;
}

int volume_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	json_t *points;
	struct container *users;
	struct volume v;
	size_t n;

	if (volume_check_ready(d, req->path[0], err) != 0 ||
		store_get_volume(d->store, req->path[0], &v, err) != 0)
		return -1;
	if (store_list_volume_users(d->store, v.name, &users, &n, err) != 0) {
		volume_free(&v);
		return -1;
	}
	points = json_array();
	for (size_t i = 0; i < n; i++)
		mounts_append_points(&users[i], v.name, points);
	res->body = json_pack("{s:o, s:o}", "volume", volume_json(d, &v, sizes_wanted(req)),
		"mountpoints", points);
	container_list_free(users, n);
	volume_free(&v);
	return 0;
}

/* Looks for containers that mount the volume and run: ERROR_CONFLICT naming them. */
static int check_stopped(struct daemon *d, const char *name, struct error *err)
{
	AUTO(buffer_free) struct buffer names = {0};
	struct container *users;
	size_t n, found = 0;

	if (store_list_volume_users(d->store, name, &users, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (runtime_is_running(d->runtime, users[i].id, NULL))
			buffer_printf(&names, "%s%s", found++ > 0 ? ", " : "", users[i].name);
	container_list_free(users, n);
	if (found == 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
		"volume '%s' is mounted in the running container%s %s", name, found > 1 ? "s" : "",
		names.data);
}

/* Stopped containers begin with an empty one when they are started again. */
static int remove_by_force(struct daemon *d, const char *name, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("volume", name);
	AUTO(held_release) struct held held = hold(d->locks, dataset);

	if (volume_check_ready(d, name, err) != 0 || check_stopped(d, name, err) != 0 ||
		store_removing_volume(d->store, name, err) != 0)
		return -1;
	return remove_rest(d, REMOVE_VOLUME, name, err);
}

int volume_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	if ((request_unused(req) ? volume_remove_unused : remove_by_force)(d, req->path[0], err) !=
		0)
		return -1;
	res->body = id_response(req->path[0]);
	return 0;
}

int volume_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct volume *list;
	struct error why;
	size_t n;

	if (store_list_volumes(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	res->body = json_array();
	for (size_t i = n; i-- > 0;) { /* the oldest first */
		if (volume_remove_unused(d, list[i].name, &why) == 0)
			json_array_append_new(res->body, json_string(list[i].name));
		else if (why.kind != ERROR_CONFLICT && why.kind != ERROR_NOT_FOUND)
			log_error("volume %s is not removed: %s", list[i].name, why.message);
	}
	volume_list_free(list, n);
	return 0;
}
