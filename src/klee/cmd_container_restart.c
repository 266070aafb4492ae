/* SPDX-License-Identifier: BSD-2-Clause */
/* Stops containers that run, all at once, and starts their own commands, detached. */
#include "klee/commands.h"
#include "klee/execution.h"
#include "klee/look.h"
#include "klee/together.h"

static int restart(
	struct klee *k, struct errand *e, void *path, struct call **call, struct error *err)
{
	AUTO(look_free) struct look found = {0};

	if (e->step == 0)
		return together_request(k, e, "GET", "/containers/%s/inspect", call);
	if (e->step == 1) {
		if (e->rc < 0)
			return -1;
		e->kept = take_ptr(&e->answer);
	}
	look_at(e->kept, e->word, &found);
	if (e->step == 1 && found.running && found.auto_remove) {
		error_set(err, ERROR_CONFLICT,
			"it is removed when it stops, so it cannot be restarted");
		err->code = 409; /* a fault of this argument alone */
		return -1;
	}
	if (e->step == 1 && found.running)
		return together_request(k, e, "POST", path, call);
	/* 404: it ended by itself in the meantime, or is gone, which starting it will tell */
	if (e->step == 2 && e->rc < 0 && err->code != 404)
		return -1;
	json_decref(e->answer);
	e->answer = json_incref(json_object_get(e->kept, "container"));
	return execute_detached(k, found.id, err);
}

static int run(struct klee *k, const struct args *args)
{
	struct error err = {0};
	AUTO_FREE char *path = together_stop_path(args, &err);

	return path != NULL ? klee_together(k, args, restart, path) : klee_failed(k, &err);
}

const struct command cmd_container_restart = {
	.group = "container",
	.name = "restart",
	.shortcut = "restart",
	.arguments = "CONTAINER...",
	.options = {stop_options, quiet_options},
	.summary = "Stop containers and start them again",
	.run = run,
};
