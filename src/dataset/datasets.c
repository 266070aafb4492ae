/* SPDX-License-Identifier: BSD-2-Clause */
#include "dataset/datasets.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/daemon.h"
#include "store/store_build.h"

char *dataset_name(const char *kind, const char *id)
{
	return xasprintf("%s/%s", kind, id);
}

char *image_state_dataset(
	struct daemon *d, const char *image, const char *snapshot, struct error *err)
{
	char owner[ID_LEN + 1];

	if (strcmp(snapshot, IMAGE_SNAPSHOT) == 0)
		return dataset_name("image", image);
	if (store_snapshot_owner(d->store, snapshot, owner, err) != 0)
		return NULL;
	return dataset_name("image", owner);
}

int container_dataset_restore(struct daemon *d, const struct container *c, struct error *err)
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
