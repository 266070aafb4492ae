/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/recover.h"

#include <string.h>

#include "base/log.h"
#include "build/build_private.h"
#include "container/containers.h"
#include "runtime/runtime.h"

/* Whether the snapshots of the build can be relied on: see storage_epoch. */
static bool is_intact(struct daemon *d, const struct build_row *b)
{
	AUTO_FREE char *epoch = storage_epoch(d->storage);
	const char *then = json_string_value(json_object_get(b->config, "epoch"));

	return then != NULL && strcmp(epoch, then) == 0;
}

/* Makes the image "failed" of what the build's container is. */
static int keep(struct daemon *d, const struct build_row *b, struct error *err)
{
	const char *name = json_string_value(json_object_get(b->config, "name"));
	AUTO(strings_free) struct strings names = {0};
	char contents[ID_LEN + 1];

	runtime_end(d->runtime, b->container);
	runtime_sweep(d, b->container); /* its warden may have ended with the last daemon */
	if (state_settle(d, b->image, b->container, err) != 0)
		return -1;
	id_new(contents); /* its state is nobody else's */
	if (name != NULL && *name != '\0')
		strings_take(&names, xasprintf("%s:failed", name));
	return store_build_ready(
		d->store, b->image, &names, contents, json_object_get(b->config, "image"), err);
}

static int recover(struct daemon *d, const struct build_row *b, bool abandoned, struct error *err)
{
	struct error why;

	if (!abandoned && b->container[0] != '\0' && is_intact(d, b) &&
		!json_is_true(json_object_get(b->config, "cleanup"))) {
		log_notice("image %s was being built: keeping what is there", b->image);
		if (keep(d, b, &why) == 0)
			return 0;
		log_error("image %s: %s", b->image, why.message);
	}
	log_notice("image %s was being built: removing it", b->image);
	return state_discard(d, b->image, err);
}

void builds_recover(struct daemon *d)
{
	for (int abandoned = 0; abandoned < 2; abandoned++) {
		struct build_row *list;
		struct error err;
		size_t n;

		if (store_list_builds(d->store, abandoned, &list, &n, &err) != 0) {
			log_error("builds: %s", err.message);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			if (recover(d, &list[i], abandoned, &err) != 0)
				log_error("image %s: %s", list[i].image, err.message);
		build_list_free(list, n);
	}
}
