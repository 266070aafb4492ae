/* Stops containers that run and starts their own commands, detached. */
#include "klee/commands.h"
#include "klee/execution.h"

static int restart(
	struct klee *k, const char *container, const struct args *args, struct error *err)
{
	json_t *answer, *inner;
	bool running, removed;
	AUTO_FREE char *id = NULL;

	if (klee_object(k, "GET", "/containers/%s/inspect", container, NULL, &answer, err) < 0)
		return -1;
	inner = json_object_get(answer, "container");
	running = json_is_true(json_object_get(inner, "running"));
	removed = json_is_true(json_object_get(inner, "auto_remove"));
	id = klee_one_line(
		*klee_string(inner, "id") != '\0' ? klee_string(inner, "id") : container);
	json_decref(answer);
	if (running && removed) {
		error_set(err, ERROR_CONFLICT,
			"it is removed when it stops, so it cannot be restarted");
		err->code = 409; /* a fault of this argument alone */
		return -1;
	}
	/* 404: it ended by itself in the meantime, or is gone, which starting it will tell */
	if (running && klee_object(k, "POST", "/containers/%s/stop", id, NULL, NULL, err) < 0 &&
		err->code != 404)
		return -1;
	if (execute_detached(k, id, err) < 0)
		return -1;
	klee_print_id(NULL, id);
	return 0;
}

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, restart);
}

const struct command cmd_container_restart = {
	.group = "container",
	.name = "restart",
	.shortcut = "restart",
	.arguments = "CONTAINER...",
	.summary = "Stop containers and start them again",
	.run = run,
};
