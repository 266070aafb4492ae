/* SPDX-License-Identifier: BSD-2-Clause */
#include "container/anonymous.h"

#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "dataset/mounts.h"
#include "dataset/volumes.h"

static const char *text(const json_t *mount, const char *field)
{
	const char *value = json_string_value(json_object_get(mount, field));

	return value != NULL ? value : "";
}

static bool is_anonymous(const json_t *mount)
{
	return json_is_true(json_object_get(mount, "anonymous"));
}

static json_t *mounts_of(json_t *config)
{
	json_t *mounts = json_object_get(config, "mounts");

	if (json_is_array(mounts))
		return mounts;
	mounts = json_array();
	json_object_set_new(config, "mounts", mounts);
	return mounts;
}

static json_t *find(const json_t *mounts, const char *destination)
{
	json_t *mount;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)mounts, i, mount)
		if (mount_same_path(text(mount, "destination"), destination))
			return mount;
	return NULL;
}

static void name_one(struct daemon *d, json_t *mount)
{
	char id[ID_LEN + 1];

	do
		id_new(id);
	while (store_has(d->store, "volume", id));
	json_object_set_new(mount, "source", json_string(id));
	json_object_set_new(mount, "anonymous", json_true());
}

static void name_all(struct daemon *d, json_t *mounts)
{
	json_t *mount;
	size_t i;

	json_array_foreach (mounts, i, mount)
		if (mount_is_unnamed(mount))
			name_one(d, mount);
}

void anonymous_name(struct daemon *d, json_t *config, const json_t *image_config)
{
	json_t *mounts = mounts_of(config), *path;
	struct error err;
	size_t i;

	json_array_foreach (json_object_get(image_config, "volumes"), i, path) {
		const char *destination = json_string_value(path);

		/* images from before this was looked at may say anything */
		if (destination == NULL || find(mounts, destination) != NULL ||
			mount_check_destination(destination, &err) != 0)
			continue;
		json_array_append_new(
			mounts, json_pack("{s:s, s:s, s:s, s:b}", "type", "volume", "source", "",
					"destination", destination, "read_only", 0));
	}
	name_all(d, mounts);
}

void anonymous_rename(struct daemon *d, json_t *config, const json_t *before)
{
	json_t *mounts = mounts_of(config), *old;
	size_t i;

	json_array_foreach (json_object_get(before, "mounts"), i, old) {
		json_t *now = find(mounts, text(old, "destination"));

		if (is_anonymous(old) && now == NULL) {
			json_array_append_new(mounts, json_copy(old));
		} else if (is_anonymous(old) && mount_is_unnamed(now)) {
			json_object_set(now, "source", json_object_get(old, "source"));
			json_object_set_new(now, "anonymous", json_true());
		}
	}
	name_all(d, mounts);
}

void anonymous_remove(struct daemon *d, const struct container *c)
{
	json_t *mount;
	struct error err;
	size_t i;

	json_array_foreach (json_object_get(c->config, "mounts"), i, mount) {
		if (!is_anonymous(mount))
			continue;
		if (volume_remove_unused(d, text(mount, "source"), &err) == 0)
			log_info("volume %s has gone with container %s", text(mount, "source"),
				c->id);
		else if (err.kind != ERROR_NOT_FOUND)
			log_notice("container %s: its volume stays: %s", c->id, err.message);
	}
}
