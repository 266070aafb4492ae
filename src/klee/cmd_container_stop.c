/* SPDX-License-Identifier: BSD-2-Clause */
/* Stops running containers, all at once. */
#include "klee/commands.h"
#include "klee/together.h"

static int stop(struct klee *k, struct errand *e, void *path, struct call **call, struct error *err)
{
	return e->step == 0 ? together_request(k, e, "POST", path, call) : e->rc;
}

static int run(struct klee *k, const struct args *args)
{
	struct error err = {0};
	AUTO_FREE char *path = together_stop_path(args, &err);

	return path != NULL ? klee_together(k, args, stop, path) : klee_failed(k, &err);
}

const struct command cmd_container_stop = {
	.group = "container",
	.name = "stop",
	.shortcut = "stop",
	.arguments = "CONTAINER...",
	.options = {stop_options, quiet_options},
	.summary = "Stop running containers",
	.run = run,
};
