/* Stops containers that run and starts their own commands, detached. */
#include "klee/commands.h"
#include "klee/execution.h"
#include "klee/look.h"

static int restart(
	struct klee *k, const char *container, const struct args *args, struct error *err)
{
	AUTO(look_free) struct look found = {0};

	if (look(k, container, &found, err) < 0)
		return -1;
	if (found.running && found.auto_remove) {
		error_set(err, ERROR_CONFLICT,
			"it is removed when it stops, so it cannot be restarted");
		err->code = 409; /* a fault of this argument alone */
		return -1;
	}
	/* 404: it ended by itself in the meantime, or is gone, which starting it will tell */
	if (found.running &&
		klee_object(k, "POST", "/containers/%s/stop", found.id, NULL, NULL, err) < 0 &&
		err->code != 404)
		return -1;
	if (execute_detached(k, found.id, err) < 0)
		return -1;
	klee_acted(k, NULL, found.id);
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
	.options = {quiet_options},
	.summary = "Stop containers and start them again",
	.run = run,
};
