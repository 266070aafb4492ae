/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives a container another name. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	json_t *answer, *body = json_pack("{s:s}", "name", args->words[1]);
	struct error err = {0};
	int rc;

	rc = klee_object(k, "POST", "/containers/%s/update", args->words[0], body, &answer, &err);
	json_decref(body);
	if (rc < 0)
		return klee_argument_failed(k, &err);
	klee_acted(k, answer, args->words[0]);
	return EXIT_SUCCESS;
}

const struct command cmd_container_rename = {
	.group = "container",
	.name = "rename",
	.arguments = "CONTAINER NEW_NAME",
	.options = {quiet_options},
	.summary = "Rename a container",
	.run = run,
};
