/* SPDX-License-Identifier: BSD-2-Clause */
#include "dataset/volumes.h"

#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/mounts.h"

int volume_check_name(const char *name, struct error *err)
{
	if (name_valid(name))
		return 0;
	return error_set(err, ERROR_INVALID,
		"bad volume name '%s': 1 to 63 letters, digits, '_', '.' or '-', beginning with a "
		"letter or digit",
		name);
}

int volume_finish_removal(struct daemon *d, const char *name, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("volume", name);

	if (storage_destroy(d->storage, dataset, err) != 0)
		return -1;
	return store_drop_volume(d->store, name, err);
}

/* The name is taken: by a volume, or by what could not be removed of one. */
static int say_taken(struct daemon *d, const char *name, struct error *err)
{
	struct volume v;
	struct error ignored;

	if (store_get_volume(d->store, name, &v, &ignored) != 0)
		return -1;
	if (v.state == STATE_REMOVING)
		error_set(err, ERROR_CONFLICT, "volume '%s' is being removed", name);
	volume_free(&v);
	return -1;
}

int volume_make(struct daemon *d, const char *name, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("volume", name);
	char created[32];
	struct error ignored;

	timestamp(created);
	if (store_add_volume(d->store,
		    &(struct volume){.name = (char *)(uintptr_t)name, .created = created},
		    err) != 0)
		return say_taken(d, name, err);
	if (storage_create(d->storage, dataset, err) == 0 &&
		store_volume_ready(d->store, name, err) == 0) {
		log_info("volume %s has been created", name);
		return 0;
	}
	remove_rest(d, REMOVE_VOLUME, name, &ignored);
	return -1;
}

int volume_ensure(struct daemon *d, const char *name, struct error *err)
{
	struct volume v;
	int result = store_get_volume(d->store, name, &v, err);

	if (result != 0)
		return err->kind == ERROR_NOT_FOUND ? volume_make(d, name, err) : -1;
	/* only a removal that failed leaves it in another state */
	if (v.state != STATE_READY)
		result = error_set(err, ERROR_CONFLICT, "volume '%s' is being removed", name);
	volume_free(&v);
	return result;
}

int volume_check_ready(struct daemon *d, const char *name, struct error *err)
{
	struct volume v;
	bool ready;

	if (store_get_volume(d->store, name, &v, err) != 0)
		return -1;
	ready = v.state == STATE_READY;
	volume_free(&v);
	return ready ? 0 : error_set(err, ERROR_NOT_FOUND, "no such volume '%s'", name);
}

/* Looks for containers that mount the volume, running or not: ERROR_CONFLICT naming them. */
static int check_unused(struct daemon *d, const char *name, struct error *err)
{
	AUTO(buffer_free) struct buffer names = {0};
	struct container *users;
	size_t n;

	if (store_list_volume_users(d->store, name, &users, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		buffer_printf(&names, "%s%s", i > 0 ? ", " : "", users[i].name);
	container_list_free(users, n);
	if (n == 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
		"volume '%s' is mounted in the container%s %s: to remove it takes force, "
		"once none of them runs",
		name, n > 1 ? "s" : "", names.data);
}

int volume_remove_unused(struct daemon *d, const char *name, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("volume", name);
	AUTO(held_release) struct held held = hold(d->locks, dataset);

	if (volume_check_ready(d, name, err) != 0 || check_unused(d, name, err) != 0 ||
		store_removing_volume(d->store, name, err) != 0)
		return -1;
	return remove_rest(d, REMOVE_VOLUME, name, err);
}
