/* SPDX-License-Identifier: BSD-2-Clause */
#include "kleened/reconcile.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "build/recover.h"
#include "container/containers.h"
#include "container/networks.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/images.h"
#include "runtime/runtime.h"

/* What is to be taken away of objects that are not whole; their ids, in one state. */
static void undo(struct daemon *d, enum removable kind, const char *what, enum object_state state)
{
	AUTO(strings_free) struct strings ids = {0};
	struct error err;

	if (store_list_ids(d->store, what, state, &ids, &err) != 0)
		log_error("%ss that are half made or removed: %s", what, err.message);
	for (size_t i = 0; i < ids.n; i++) {
		log_notice("%s %s was half %s: removing it", what, ids.v[i],
			state == STATE_CREATING ? "made" : "removed");
		remove_rest(d, kind, ids.v[i], &err); /* what cannot be done now is done later */
	}
}

/* Images last: containers are made from them. Networks are networks_recover's. */
static void undo_all(struct daemon *d)
{
	static const struct {
		enum removable kind;
		const char *what;
	} order[] = {{REMOVE_CONTAINER, "container"}, {REMOVE_VOLUME, "volume"},
		{REMOVE_IMAGE, "image"}};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		undo(d, order[i].kind, order[i].what, STATE_CREATING);
		undo(d, order[i].kind, order[i].what, STATE_REMOVING);
	}
	images_release(d);
}

/* A volume whose dataset has gone is there again, empty: its containers can be started. */
static void check_volumes(struct daemon *d)
{
	struct volume *list;
	struct error err;
	size_t n;

	if (store_list_volumes(d->store, STATE_READY, &list, &n, &err) != 0) {
		log_error("volumes are not looked at: %s", err.message);
		return;
	}
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
}

static void check_container(struct daemon *d, const struct container *c)
{
	struct error err;

	if (runtime_knows(d->runtime, c->id)) /* it runs, or is being taken care of */
		return;
	if (container_end_unknown(c)) {
		log_warning("container %s: it was running, and has been ended from outside", c->id);
		store_container_exited(
			d->store, c->id, (struct exit_status){.code = 128 + SIGKILL});
	}
	runtime_sweep(d, c->id);
	if (container_dataset_restore(d, c, &err) != 0)
		log_error("container %s: %s", c->id, err.message);
	container_not_started(d, c->id);
	container_has_stopped(d, c->id);
}

/* One that cannot be looked up now is no stranger. */
static bool is_known(struct daemon *d, const char *dataset)
{
	static const char *const kinds[] = {"container", "image", "volume"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t length = strlen(kinds[i]);

		if (strncmp(dataset, kinds[i], length) == 0 && dataset[length] == '/')
			return store_has(d->store, kinds[i], dataset + length + 1);
	}
	return true;
}

static void name_strangers(struct daemon *d)
{
	AUTO(strings_free) struct strings datasets = {0};
	struct error err;

	if (storage_list(d->storage, &datasets, &err) != 0)
		log_error("datasets are not looked at: %s", err.message);
	for (size_t i = 0; i < datasets.n; i++)
		if (!is_known(d, datasets.v[i]))
			log_warning(
				"dataset %s is unknown to the store: left alone", datasets.v[i]);
}

void reconcile(struct daemon *d)
{
	struct container *list;
	struct error err;
	size_t n;

	builds_recover(d);
	undo_all(d);
	if (store_list_containers(d->store, STATE_READY, &list, &n, &err) != 0) {
		log_error("containers are not looked at: %s", err.message);
	} else {
		for (size_t i = 0; i < n; i++)
			check_container(d, &list[i]);
		container_list_free(list, n);
	}
	check_volumes(d);
	limits_sweep(d->host);
	name_strangers(d);
}
