/* SPDX-License-Identifier: BSD-2-Clause */
/* Creates a container from an image and prints its id. */
#include <stdio.h>

#include "klee/commands.h"
#include "klee/container_config.h"
#include "klee/container_fields.h"
#include "klee/limit.h"
#include "klee/mounts.h"
#include "klee/networking.h"

static int run(struct klee *k, const struct args *args)
{
	struct error err = {0};
	AUTO_FREE char *id = container_create(k, args, false, &err);

	if (id == NULL)
		return klee_failed(k, &err);
	puts(id);
	return EXIT_SUCCESS;
}

const struct command cmd_container_create = {
	.group = "container",
	.name = "create",
	.shortcut = "create",
	.arguments = "IMAGE [COMMAND]...",
	.options = {container_options, container_keeping_options, process_options, mount_options,
		confinement_options, networking_options, limit_options, quiet_id_options},
	.summary = "Create a container from an image",
	.ends_options = container_ends_options,
	.run = run,
};
