#include "kleened/reconcile.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "kleened/build/recover.h"
#include "kleened/containers.h"
#include "kleened/daemon.h"
#include "kleened/images.h"
#include "kleened/networks.h"

static const char *const reasons[] = {
	[STATE_CREATING] = "half made", [STATE_REMOVING] = "half removed"};

static int undo_containers(struct daemon *d, enum object_state state, struct error *err)
{
	struct container *list;
	size_t n;
	int result = 0;

	if (store_list_containers(d->store, state, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n && result == 0; i++) {
		AUTO_FREE char *dataset = dataset_name("container", list[i].id);

		log_notice("container %s was %s: removing it", list[i].id, reasons[state]);
		runtime_remove_logs(d, list[i].id);
		network_files_remove(d, list[i].id);
		result = storage_destroy(d->storage, dataset, err);
		if (result == 0)
			result = store_drop_container(d->store, list[i].id, err);
	}
	container_list_free(list, n);
	return result;
}

static int undo_images(struct daemon *d, enum object_state state, struct error *err)
{
	struct image *list;
	size_t n;
	int result = 0;

	if (store_list_images(d->store, state, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n && result == 0; i++) {
		AUTO_FREE char *dataset = dataset_name("image", list[i].id);

		log_notice("image %s was %s: removing it", list[i].id, reasons[state]);
		result = storage_destroy(d->storage, dataset, err);
		if (result == 0)
			result = store_drop_image(d->store, list[i].id, err);
	}
	image_list_free(list, n);
	return result;
}

static int undo_volumes(struct daemon *d, enum object_state state, struct error *err)
{
	struct volume *list;
	size_t n;
	int result = 0;

	if (store_list_volumes(d->store, state, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n && result == 0; i++) {
		AUTO_FREE char *dataset = dataset_name("volume", list[i].name);

		log_notice("volume %s was %s: removing it", list[i].name, reasons[state]);
		result = storage_destroy(d->storage, dataset, err);
		if (result == 0)
			result = store_drop_volume(d->store, list[i].name, err);
	}
	volume_list_free(list, n);
	return result;
}

/* A volume whose dataset has gone is there again, empty: its containers can be started. */
static int check_volumes(struct daemon *d, struct error *err)
{
	struct volume *list;
	size_t n;

	if (store_list_volumes(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *dataset = dataset_name("volume", list[i].name);
		struct error why;

		if (storage_exists(d->storage, dataset))
			continue;
		log_warning("volume %s: its dataset is gone, it begins anew, empty", list[i].name);
		if (storage_create(d->storage, dataset, &why) != 0)
			log_error("volume %s: %s", list[i].name, why.message);
	}
	volume_list_free(list, n);
	return 0;
}

void reconcile_leftovers(struct daemon *d, const char *id)
{
	AUTO_FREE char *dataset = dataset_name("container", id);
	AUTO_FREE char *path = storage_path(d->storage, dataset);
	struct error err;
	bool found = false;

	if (container_sweep(id, path, &found, &err) != 0)
		log_error("container %s: %s", id, err.message);
	else if (found)
		log_notice("container %s: removed what it had left on the host", id);
}

int reconcile_dataset(struct daemon *d, const struct container *c, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("container", c->id);
	AUTO_FREE char *origin = NULL;

	if (storage_exists(d->storage, dataset))
		return 0;
	origin = image_state_dataset(d, c->image_id, c->snapshot, err);
	if (origin == NULL)
		return -1;
	log_warning("container %s: its dataset is gone, it begins anew as its image", c->id);
	return storage_clone(d->storage, origin, c->snapshot, dataset, err);
}

static void check_container(struct daemon *d, const struct container *c)
{
	struct error err;

	if (runtime_knows(d->runtime, c->id)) /* it runs, or is being taken care of */
		return;
	if (c->exit.code == EXIT_UNKNOWN) {
		log_warning("container %s: it was running, and has been ended from outside", c->id);
		store_container_exited(
			d->store, c->id, (struct exit_status){.code = 128 + SIGKILL});
	}
	reconcile_leftovers(d, c->id);
	if (reconcile_dataset(d, c, &err) != 0)
		log_error("container %s: %s", c->id, err.message);
	container_has_stopped(d, c->id);
}

static bool is_known(struct daemon *d, const char *dataset)
{
	struct container c = {0};
	struct image i = {0};
	struct volume v = {0};
	struct error err;
	bool known = true;

	if (strncmp(dataset, "container/", 10) == 0)
		known = store_get_container(d->store, dataset + 10, &c, &err) == 0;
	else if (strncmp(dataset, "image/", 6) == 0)
		known = store_get_image(d->store, dataset + 6, &i, &err) == 0;
	else if (strncmp(dataset, "volume/", 7) == 0)
		known = store_get_volume(d->store, dataset + 7, &v, &err) == 0;
	container_free(&c);
	image_free(&i);
	volume_free(&v);
	return known;
}

static int name_strangers(struct daemon *d, struct error *err)
{
	AUTO(strings_free) struct strings datasets = {0};

	if (storage_list(d->storage, &datasets, err) != 0)
		return -1;
	for (size_t i = 0; i < datasets.n; i++)
		if (!is_known(d, datasets.v[i]))
			log_warning(
				"dataset %s is unknown to the store: left alone", datasets.v[i]);
	return 0;
}

int reconcile(struct daemon *d, struct error *err)
{
	static const enum object_state undone[] = {STATE_CREATING, STATE_REMOVING};
	struct container *list;
	size_t n;

	if (builds_recover(d, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(undone); i++)
		if (undo_containers(d, undone[i], err) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(undone); i++)
		if (undo_images(d, undone[i], err) != 0 || undo_volumes(d, undone[i], err) != 0)
			return -1;
	if (store_list_containers(d->store, STATE_READY, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		check_container(d, &list[i]);
	container_list_free(list, n);
	if (check_volumes(d, err) != 0)
		return -1;
	limits_sweep(d->host);
	return name_strangers(d, err);
}
