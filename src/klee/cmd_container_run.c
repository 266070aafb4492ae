/* SPDX-License-Identifier: BSD-2-Clause */
/* Creates a container and starts its command, attached to it or not. */
#include <stdio.h>

#include "klee/commands.h"
#include "klee/container_config.h"
#include "klee/container_fields.h"
#include "klee/execution.h"
#include "klee/limit.h"
#include "klee/mounts.h"
#include "klee/networking.h"

static const struct option run_options[] = {
	{"rm", 0, OPTION_FLAG, NULL, NULL, "remove the container when it has ended"},
	{0},
};

/* --rm. A process that Klee left behind is stopped first; those that its command left go on. */
static void clean_up(struct klee *k, const struct execution *e)
{
	struct error err = {0};

	if (e->abandoned)
		klee_object(k, "POST", "/containers/%s/stop", e->container, NULL, NULL, &err);
	if (klee_object(k, "DELETE", "/containers/%s", e->container, NULL, NULL, &err) == 0 ||
		err.kind == ERROR_NOT_FOUND) /* kleened may have been faster */
		return;
	if (err.kind == ERROR_CONFLICT && !e->abandoned) {
		execution_say(e, "the container goes on with processes that are left in it, and is "
				 "removed when they have ended");
		return;
	}
	error_prefix(&err, "container %s is not removed", e->container);
	klee_report(k, &err);
}

static int run(struct klee *k, const struct args *args)
{
	struct execution e = {0};
	bool remove = args_flag(args, "rm");
	struct error err = {0};
	AUTO_FREE char *id = NULL;
	int code;

	execution_options(&e, args);
	id = container_create(k, args, remove, &err);
	if (id == NULL)
		return klee_failed(k, &err);
	if (e.detach) {
		puts(id); /* which is what scripts run it for */
		fflush(stdout);
	} else {
		execution_say(&e, id);
	}
	e.container = id;
	code = execute(k, &e);
	if (remove && !(e.detach && code == EXIT_SUCCESS)) /* kleened removes one that goes on */
		clean_up(k, &e);
	return code;
}

const struct command cmd_container_run = {
	.group = "container",
	.name = "run",
	.shortcut = "run",
	.arguments = "IMAGE [COMMAND]...",
	.options = {container_options, container_keeping_options, process_options, mount_options,
		confinement_options, networking_options, limit_options, attach_options,
		run_options},
	.summary = "Create a container and start it",
	.ends_options = container_ends_options,
	.run = run,
};
