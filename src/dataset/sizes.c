/* SPDX-License-Identifier: BSD-2-Clause */
#include "dataset/sizes.h"

#include "base/log.h"
#include "daemon/daemon.h"

bool sizes_wanted(const struct request *req)
{
	return json_is_true(json_object_get(req->query, "size"));
}

void sizes_add(struct daemon *d, const char *dataset, json_t *object)
{
	struct storage_size size;
	struct error err;
	uint64_t all;

	if (storage_size(d->storage, dataset, &size, &err) != 0) {
		if (err.kind != ERROR_NOT_FOUND)
			log_warning("the size of %s: %s", dataset, err.message);
		return;
	}
	all = size.own + size.shared;
	json_object_set_new(object, "size", json_integer((json_int_t)size.own));
	json_object_set_new(object, "virtual_size", json_integer((json_int_t)all));
}
