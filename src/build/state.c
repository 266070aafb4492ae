/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state that a build has reached, from dataset to dataset and snapshot to snapshot. As long as
 * the cache has what instructions make, it is but a snapshot of another image; the container, with
 * a dataset of its own, is made when something has to be done. In the end that dataset becomes the
 * image's.
 */
#include <string.h>

#include "base/log.h"
#include "build/build_private.h"
#include "build/copy.h"
#include "build/recover.h"
#include "container/containers.h"
#include "dataset/datasets.h"
#include "dataset/images.h"
#include "dataset/mounts.h"
#include "http/session.h"
#include "network/joining.h"
#include "runtime/execs.h"
#include "runtime/run_files.h"
#include "runtime/runtime.h"

json_t *state_image_config(const struct build *b)
{
	AUTO(strings_free) struct strings env = {0};
	json_t *config;

	strings_copy(&env, &b->inherited);
	for (size_t i = 0; i < b->env.n; i++)
		strings_setenv(&env, b->env.v[i]);
	config = json_pack("{s:O, s:o, s:s, s:O}", "cmd", b->cmd, "env", step_json_strings(&env),
		"user", b->user, "instructions", b->instructions);
	json_object_update(config, b->noted);
	return config;
}

/* The name, without tag, that its state has if the build fails; "": none. The caller frees. */
static char *failed_name(const struct build *b)
{
	const char *first = b->names.n > 0 ? b->names.v[0] : "";

	return xstrndup(first, strcspn(first, ":"));
}

/* What would become of the build if the daemon ended now: see recover.c. */
static json_t *build_config(const struct build *b)
{
	AUTO_FREE char *epoch = storage_epoch(b->daemon->storage);

	AUTO_FREE char *name = failed_name(b);

	return json_pack("{s:s, s:b, s:s, s:o}", "name", name, "cleanup",
		(int)build_flag(b, "cleanup"), "epoch", epoch, "image", state_image_config(b));
}

static void take_state(struct build *b, const char *contents, char *origin, const char *snapshot)
{
	memcpy(b->contents, contents, sizeof(b->contents));
	free(b->origin);
	b->origin = origin;
	free(b->origin_snapshot);
	b->origin_snapshot = xstrdup(snapshot);
}

/* ---- the beginning ---- */

static void inherit_noted(struct build *b, const json_t *config)
{
	const char *directory;

	for (size_t i = 0; i < image_noted_count; i++) {
		json_t *value = json_object_get(config, image_noted[i].name);

		if (value != NULL)
			json_object_set_new(b->noted, image_noted[i].name, json_deep_copy(value));
	}
	directory = json_string_value(json_object_get(b->noted, "workdir"));
	if (directory == NULL)
		return;
	free(b->directory);
	b->directory = xstrdup(directory);
}

static void inherit(struct build *b, const struct image *image)
{
	const char *user = json_string_value(json_object_get(image->config, "user"));
	const json_t *options = json_object_get(b->config, "container_config");
	const char *own = json_string_value(json_object_get(options, "user"));
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(image->config, "env"), i, item)
		strings_add(&b->inherited, json_string_value(item));
	json_decref(b->cmd);
	b->cmd = json_deep_copy(json_object_get(image->config, "cmd"));
	inherit_noted(b, image->config);
	free(b->user);
	b->user = xstrdup(user ? user : "");
	/* whoever the build's commands run as, until USER says something else */
	if (own != NULL && own[0] != '\0') {
		free(b->user);
		b->user = xstrdup(own);
	}
}

static int add_to_store(struct build *b, const struct image_ref *from, struct error *err)
{
	char owner[ID_LEN + 1];
	struct image image = {.config = json_object()};
	json_t *config = build_config(b);
	char created[32];
	int result;

	memcpy(owner, from->id, sizeof(owner));
	timestamp(created);
	memcpy(image.id, b->id, sizeof(image.id));
	image.created = xstrdup(created);
	result = from->snapshot[0] != '\0'
			 ? store_snapshot_owner(b->daemon->store, from->snapshot, owner, err)
			 : 0;
	if (result == 0)
		result = store_add_build(b->daemon->store, &image, config, err);
	if (result == 0) {
		memcpy(b->from, from->id, sizeof(b->from));
		result = store_set_parent(b->daemon->store, b->id, from->id, err);
	}
	if (result == 0)
		result = store_set_origin(b->daemon->store, b->id, owner, err);
	json_decref(config);
	image_free(&image);
	return result;
}

int state_begin(struct build *b, const char *ref, struct error *err)
{
	const char *snapshot = IMAGE_SNAPSHOT;
	struct image_ref from;
	struct image image;
	char contents[ID_LEN + 1];
	char *origin;

	if (store_find_state(b->daemon->store, ref, &from, err) != 0 ||
		store_get_image(b->daemon->store, from.id, &image, err) != 0)
		return -1;
	inherit(b, &image);
	image_free(&image);
	if (from.snapshot[0] != '\0') {
		snapshot = from.snapshot;
		memcpy(contents, from.snapshot, sizeof(contents));
	} else if (store_image_contents(b->daemon->store, from.id, contents, err) != 0) {
		return -1;
	}
	if (contents[0] == '\0')
		memcpy(contents, from.id, sizeof(contents));
	origin = image_state_dataset(b->daemon, from.id, snapshot, err);
	if (origin == NULL)
		return -1;
	take_state(b, contents, origin, snapshot);
	return add_to_store(b, &from, err);
}

/* ---- from state to state ---- */

int state_from_cache(struct build *b, const char *key, struct error *err)
{
	char snapshot[ID_LEN + 1], owner[ID_LEN + 1];
	struct error gone;
	int found;

	if (!build_flag(b, "cache") || b->container.id[0] != '\0')
		return 0;
	found = store_find_cached(b->daemon->store, key, snapshot, owner, err);
	if (found <= 0)
		return found;
	/* it may just be being removed */
	if (store_set_origin(b->daemon->store, b->id, owner, &gone) != 0)
		return 0;
	take_state(b, snapshot, dataset_name("image", owner), snapshot);
	strings_free(&b->directories);
	return 1;
}

static json_t *container_config(const struct build *b)
{
	json_t *config = json_deep_copy(json_object_get(b->config, "container_config"));

	json_object_del(config, "name");
	json_object_del(config, "image");
	json_object_del(config, "remove_unless_started");
	json_object_set(config, "cmd", b->cmd);
	json_object_set_new(config, "user", json_string(b->user));
	json_object_set_new(config, "auto_remove", json_false());
	json_object_set_new(config, "persist", json_false());
	json_object_set_new(config, "restart_policy", json_string("no"));
	return config;
}

int state_need_container(struct build *b, struct error *err)
{
	struct container *c = &b->container;
	AUTO_FREE char *dataset = NULL;
	char created[32];

	if (c->id[0] != '\0')
		return 0;
	timestamp(created);
	id_new(c->id);
	c->name = xasprintf("build_%s", b->id);
	c->image_id = xstrdup(b->from);
	c->snapshot = xstrdup(b->origin_snapshot);
	c->created = xstrdup(created);
	c->config = container_config(b);
	c->state = STATE_READY;
	dataset = dataset_name("container", c->id);
	if (store_add_build_container(b->daemon->store, b->id, c, err) != 0) {
		c->id[0] = '\0';
		return -1;
	}
	if (storage_clone(b->daemon->storage, b->origin, b->origin_snapshot, dataset, err) != 0 ||
		mounts_make_volumes(b->daemon, c->config, err) != 0)
		return -1;
	return build_networks(b, err);
}

void state_note(struct build *b, const struct instruction *i, const char *snapshot)
{
	AUTO_FREE char *at = xasprintf("%s%s", snapshot[0] ? "@" : "", snapshot);

	json_array_append_new(b->instructions, json_pack("[s, s]", i->text, at));
}

int state_snapshot(struct build *b, const struct instruction *i, const char *key, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("container", b->container.id);
	AUTO(held_release) struct held held = hold(b->daemon->locks, b->container.id);
	char id[ID_LEN + 1];
	json_t *config;
	int result;

	id_new(id);
	if (storage_snapshot_unsynced(b->daemon->storage, dataset, id, err) != 0)
		return -1;
	if (i != NULL)
		state_note(b, i, id);
	config = build_config(b);
	result = store_add_snapshot(b->daemon->store, b->id, id, key, config, err);
	json_decref(config);
	if (result == 0)
		memcpy(b->contents, id, sizeof(b->contents));
	else if (i != NULL)
		json_array_remove(b->instructions, json_array_size(b->instructions) - 1);
	return result;
}

/* ---- the end ---- */

/* What there is of a container beside its dataset and the store. */
static int forget_container(struct daemon *d, const char *container, struct error *err)
{
	execs_remove_container(d->execs, container);
	if (run_files_remove(d, container, err) != 0)
		return -1;
	return network_files_remove(d, container, err);
}

int state_settle(struct daemon *d, const char *image, const char *container, struct error *err)
{
	AUTO_FREE char *from = dataset_name("container", container);
	AUTO_FREE char *to = dataset_name("image", image);
	struct error taken;

	if (storage_exists(d->storage, from)) {
		/* the daemon may have ended between the two */
		if (storage_snapshot_unsynced(d->storage, from, IMAGE_SNAPSHOT, &taken) != 0 &&
			taken.kind != ERROR_CONFLICT) {
			*err = taken;
			return -1;
		}
		if (storage_rename(d->storage, from, to, err) != 0)
			return -1;
	}
	if (forget_container(d, container, err) != 0)
		return -1;
	return storage_sync(d->storage, to, err);
}

/* Without a container the image is the snapshot that the cache led to. */
static int clone_image(struct build *b, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("image", b->id);

	if (storage_clone(b->daemon->storage, b->origin, b->origin_snapshot, dataset, err) != 0)
		return -1;
	if (storage_snapshot_unsynced(b->daemon->storage, dataset, IMAGE_SNAPSHOT, err) != 0)
		return -1;
	return storage_sync(b->daemon->storage, dataset, err);
}

static int make_image(struct build *b, const struct strings *names, struct error *err)
{
	json_t *config = state_image_config(b);
	int result;

	if (b->container.id[0] != '\0') {
		AUTO(held_release) struct held held = hold(b->daemon->locks, b->container.id);

		runtime_end(b->daemon->runtime, b->container.id);
		result = state_settle(b->daemon, b->id, b->container.id, err);
		if (result == 0)
			result = store_build_ready(
				b->daemon->store, b->id, names, b->contents, config, err);
	} else {
		result = clone_image(b, err);
		if (result == 0)
			result = store_build_ready(
				b->daemon->store, b->id, names, b->contents, config, err);
	}
	json_decref(config);
	return result;
}

int state_finish(struct build *b, struct error *err)
{
	return make_image(b, &b->names, err);
}

/* Whether the image has the names, and no container or build could tell it from this one. */
static bool is_same(struct build *b, const char *id)
{
	json_t *config = state_image_config(b);
	struct store *s = b->daemon->store;
	char contents[ID_LEN + 1];
	struct image image = {0};
	struct error err;
	bool same = store_image_contents(s, id, contents, &err) == 0 &&
		    strcmp(contents, b->contents) == 0 &&
		    store_get_image(s, id, &image, &err) == 0 && !image.broken &&
		    json_equal(image.config, config);

	image_free(&image);
	json_decref(config);
	return same;
}

bool state_is_there(struct build *b, char id[ID_LEN + 1])
{
	char other[ID_LEN + 1];
	struct error err;

	if (b->container.id[0] != '\0' || b->names.n == 0 ||
		store_find_image(b->daemon->store, b->names.v[0], id, &err) != 0)
		return false;
	for (size_t i = 1; i < b->names.n; i++)
		if (store_find_image(b->daemon->store, b->names.v[i], other, &err) != 0 ||
			strcmp(id, other) != 0)
			return false;
	return is_same(b, id);
}

int build_finish_removal(struct daemon *d, const char *image, struct error *err)
{
	char container[ID_LEN + 1];
	AUTO(held_release) struct held held = {0};
	AUTO_FREE char *dataset = dataset_name("image", image), *own = NULL;

	if (store_build_container(d->store, image, container, err) != 0)
		return -1;
	if (container[0] != '\0') {
		own = dataset_name("container", container);
		held = hold(d->locks, container);
		runtime_end(d->runtime, container);
		if (forget_container(d, container, err) != 0 ||
			storage_destroy(d->storage, own, err) != 0)
			return -1;
	}
	if (storage_destroy(d->storage, dataset, err) != 0)
		return -1;
	return store_drop_build(d->store, image, err);
}

int state_discard(struct daemon *d, const char *image, struct error *err)
{
	if (store_abandon_build(d->store, image, err) != 0)
		return -1;
	return remove_rest(d, REMOVE_BUILD, image, err);
}

void state_failed(struct build *b, bool keep)
{
	struct error err;

	if (b->from[0] == '\0') /* it has not begun */
		return;
	if (keep) {
		AUTO(strings_free) struct strings names = {0};
		AUTO_FREE char *name = failed_name(b);

		if (name[0] != '\0')
			strings_take(&names, xasprintf("%s:failed", name));
		/* nobody can know what the last instruction has done before it failed */
		if (b->container.id[0] != '\0')
			id_new(b->contents);
		if (make_image(b, &names, &err) == 0) {
			log_info("image %s (%s) was not built, its state is kept", b->id,
				name[0] != '\0' ? name : "untagged");
			return;
		}
		log_error("image %s: its state cannot be kept: %s", b->id, err.message);
	}
	if (state_discard(b->daemon, b->id, &err) != 0)
		log_error("image %s: what is left of its build: %s", b->id, err.message);
}
