/* SPDX-License-Identifier: BSD-2-Clause */
#include "dataset/images.h"

#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/sizes.h"
#include "store/store_build.h"

int nametag_add(struct strings *names, const char *text, struct error *err)
{
	const char *colon = strchr(text, ':'), *tag = colon ? colon + 1 : "latest";
	AUTO_FREE char *name = xstrndup(text, strcspn(text, ":"));

	if (!name_valid(name) || !name_valid(tag))
		return error_set(err, ERROR_INVALID,
			"bad image name '%s': expected NAME[:TAG] of letters, digits, '_', '.' and "
			"'-'",
			text);
	strings_take(names, xasprintf("%s:%s", name, tag));
	return 0;
}

int nametags_of(const json_t *config, struct strings *names, struct error *err)
{
	const char *tag = json_string_value(json_object_get(config, "tag"));
	const json_t *item;
	size_t i;

	if (tag != NULL && tag[0] != '\0' && nametag_add(names, tag, err) != 0)
		return -1;
	json_array_foreach (json_object_get(config, "tags"), i, item)
		if (nametag_add(names, json_string_value(item), err) != 0)
			return -1;
	return 0;
}

const struct image_noted image_noted[] = {
	{"entrypoint", JSON_ARRAY},
	{"workdir", JSON_STRING},
	{"shell", JSON_ARRAY},
	{"exposed_ports", JSON_ARRAY},
	{"volumes", JSON_ARRAY},
	{"labels", JSON_OBJECT},
	{"stop_signal", JSON_STRING},
	{"maintainer", JSON_STRING},
};
const size_t image_noted_count = ARRAY_SIZE(image_noted);

static json_t *empty(json_type type)
{
	return type == JSON_ARRAY    ? json_array()
	       : type == JSON_OBJECT ? json_object()
				     : json_string("");
}

static json_t *image_json(struct daemon *d, const struct image *i, bool size)
{
	AUTO_FREE char *dataset = dataset_name("image", i->id);
	AUTO_FREE char *name = storage_dataset_name(d->storage, dataset);
	json_t *json = json_deep_copy(i->config);

	json_object_update_new(json,
		json_pack("{s:s, s:s, s:s, s:O, s:s, s:s}", "id", i->id, "name", i->name, "tag",
			i->tag, "names", i->names, "created", i->created, "dataset", name));
	for (size_t k = 0; k < image_noted_count; k++)
		if (json_object_get(json, image_noted[k].name) == NULL)
			json_object_set_new(json, image_noted[k].name, empty(image_noted[k].type));
	if (size)
		sizes_add(d, dataset, json);
	return json;
}

int image_list(struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct image *list;
	size_t n;

	if (store_list_images(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	res->body = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(res->body, image_json(d, &list[i], sizes_wanted(req)));
	image_list_free(list, n);
	return 0;
}

int image_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	struct image i;
	char id[ID_LEN + 1];

	if (store_find_image(d->store, req->path[0], id, err) != 0 ||
		store_get_image(d->store, id, &i, err) != 0)
		return -1;
	res->body = image_json(d, &i, sizes_wanted(req));
	image_free(&i);
	return 0;
}

int image_tag(struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	const char *nametag = json_string_value(json_object_get(req->query, "nametag"));
	unsigned int how = (json_is_true(json_object_get(req->query, "add")) ? TAG_ADD : 0) |
			   (request_unused(req) ? TAG_UNUSED : 0);
	AUTO(strings_free) struct strings names = {0};
	AUTO(held_release) struct held held = {0};
	char id[ID_LEN + 1];

	if (nametag_add(&names, nametag, err) != 0 ||
		store_find_image(d->store, req->path[0], id, err) != 0)
		return -1;
	held = hold(d->locks, id);
	if (store_tag_image(d->store, id, names.v[0], how, err) != 0)
		return -1;
	res->body = id_response(id);
	return 0;
}

int image_finish_removal(struct daemon *d, const char *id, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("image", id);

	if (storage_destroy(d->storage, dataset, err) != 0)
		return -1;
	return store_drop_image(d->store, id, err);
}

/* The caller holds its lock. */
static int discard(struct daemon *d, const char *id, struct error *err)
{
	bool kept;

	if (store_removing_image(d->store, id, &kept, err) != 0)
		return -1;
	if (!kept)
		return remove_rest(d, REMOVE_IMAGE, id, err);
	log_info("image %s has been removed; what others have of it stays as long as they do", id);
	return 0;
}

int image_discard(struct daemon *d, const char *id, struct error *err)
{
	AUTO(held_release) struct held held = hold(d->locks, id);

	return discard(d, id, err);
}

void images_release(struct daemon *d)
{
	char id[ID_LEN + 1];
	struct error err;
	int found;

	/* one may have kept another */
	while ((found = store_unneeded_image(d->store, id, &err)) > 0) {
		AUTO(held_release) struct held held = hold(d->locks, id);

		remove_rest(d, REMOVE_IMAGE, id, &err); /* what cannot be done now is done later */
	}
	if (found < 0)
		log_error("images that were kept for others: %s", err.message);
}

/* Takes the name away that the image is asked for by, and with the last one the image. */
static int remove_by(
	struct daemon *d, const char *id, const char *ref, bool unused, struct error *err)
{
	AUTO(held_release) struct held held = hold(d->locks, id);
	AUTO_FREE char *nametag = xasprintf("%s%s", ref, strchr(ref, ':') ? "" : ":latest");
	int result =
		store_untag_image(d->store, id, strcmp(ref, id) == 0 ? "" : nametag, unused, err);

	if (result > 0)
		log_info("image %s is not called %s any more", id, nametag);
	return result == 0 ? discard(d, id, err) : result;
}

int image_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	char id[ID_LEN + 1];

	if (store_find_image(d->store, req->path[0], id, err) != 0 ||
		remove_by(d, id, req->path[0], request_unused(req), err) < 0)
		return -1;
	images_release(d);
	res->body = id_response(id);
	return 0;
}

/* One round over all images; returns how many have been removed, -1 on error. */
static int prune_round(struct daemon *d, bool all, json_t *removed, struct error *err)
{
	struct image *list;
	struct error why;
	int count = 0;
	size_t n;

	if (store_list_images(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	for (size_t i = n; i-- > 0;) { /* the oldest first */
		if (!all && list[i].name[0] != '\0')
			continue;
		if (image_discard(d, list[i].id, &why) == 0) {
			json_array_append_new(removed, json_string(list[i].id));
			count++;
		} else if (why.kind != ERROR_CONFLICT && why.kind != ERROR_NOT_FOUND) {
			log_error("image %s is not removed: %s", list[i].id, why.message);
		}
	}
	image_list_free(list, n);
	return count;
}

int image_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	bool all = json_is_true(json_object_get(req->query, "all"));
	int count;

	res->body = json_array();
	do /* an image may have been held by one that has gone now */
		count = prune_round(d, all, res->body, err);
	while (count > 0);
	images_release(d);
	return count;
}
