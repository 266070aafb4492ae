/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/lifecycle.h"

#include <jansson.h>

#include "base/log.h"
#include "base/wire.h"
#include "daemon/daemon.h"
#include "runtime/commands.h"
#include "runtime/hooks.h"
#include "runtime/runtime.h"

static int read_settings(
	const struct container *c, struct jail_settings *settings, struct error *err)
{
	return jail_settings_parse(json_object_get(c->config, "jail_param"), c->id, settings, err);
}

/* Where the host sees the container's root; NULL: nowhere. The caller frees. */
static char *root_path(struct daemon *d, const char *id, int number)
{
	AUTO_FREE char *dataset = xasprintf("container/%s", id);
	AUTO(rootfs_free) struct rootfs root = {0};
	struct error err;

	if (storage_rootfs(d->storage, dataset, &root, &err) != 0)
		return NULL;
	if (root.lower == NULL)
		return xstrdup(root.path);
	/* layers, which only the container's own mount namespace sees as one */
	return number != 0 ? xasprintf("/proc/%d/root", number) : NULL;
}

static int run(struct daemon *d, const char *id, const struct jail_settings *s, enum hook hook,
	struct error *err)
{
	AUTO_FREE char *path = NULL;
	struct hook_container about = {.id = id, .stopping = &d->stopping};

	if (s->hooks[hook].n == 0)
		return 0;
	if (!runtime_looks_running(d->runtime, id, &about.number, NULL))
		about.number = 0;
	about.path = path = root_path(d, id, about.number);
	return hooks_run(s, hook, &about, err);
}

int lifecycle_prepare(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct error *err)
{
	return run(d, c->id, s, HOOK_PREPARE, err) == 0 ? run(d, c->id, s, HOOK_PRESTART, err) : -1;
}

int lifecycle_created(
	struct daemon *d, const struct container *c, struct wire_conn *hold, struct error *err)
{
	AUTO(jail_settings_free) struct jail_settings s = {0};

	if (read_settings(c, &s, err) != 0 || run(d, c->id, &s, HOOK_CREATED, err) != 0)
		return -1;
	return commands_start(d, c, &s, hold, err);
}

int lifecycle_started(struct daemon *d, const struct container *c, struct error *err)
{
	AUTO(jail_settings_free) struct jail_settings s = {0};

	if (read_settings(c, &s, err) != 0)
		return -1;
	return run(d, c->id, &s, HOOK_POSTSTART, err);
}

int lifecycle_stop(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct error *err)
{
	if (run(d, c->id, s, HOOK_PRESTOP, err) != 0)
		return -1;
	commands_stop(d, c, s);
	return 0;
}

static int settings_of(struct daemon *d, const char *id, struct jail_settings *s)
{
	struct container c;
	struct error err;
	int result;

	*s = (struct jail_settings){0};
	if (store_get_container(d->store, id, &c, &err) != 0)
		return -1;
	result = read_settings(&c, s, &err);
	container_free(&c);
	return result;
}

bool lifecycle_has_end(struct daemon *d, const char *id)
{
	AUTO(jail_settings_free) struct jail_settings s;

	return settings_of(d, id, &s) == 0 &&
	       (s.hooks[HOOK_POSTSTOP].n > 0 || s.hooks[HOOK_RELEASE].n > 0);
}

int lifecycle_end(struct daemon *d, const char *id)
{
	static const enum hook hooks[] = {HOOK_POSTSTOP, HOOK_RELEASE};
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;

	if (settings_of(d, id, &s) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (run(d, id, &s, hooks[i], &err) == 0)
			continue;
		if (err.kind == ERROR_UNAVAILABLE)
			return -1;
		log_error("container %s: %s", id, err.message);
	}
	return 0;
}
