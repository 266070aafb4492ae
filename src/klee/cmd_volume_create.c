/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a volume and prints its name. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	json_t *answer, *config = json_object();
	const char *name = args->nwords > 0 ? args->words[0] : NULL;
	struct error err = {0};
	int rc;

	klee_set_string(config, "name", name);
	rc = klee_request(k, "POST", "/volumes/create", config, &answer, &err);
	json_decref(config);
	if (rc < 0)
		return klee_argument_failed(k, &err);
	klee_print_id(answer, name ? name : "");
	return EXIT_SUCCESS;
}

const struct command cmd_volume_create = {
	.group = "volume",
	.name = "create",
	.arguments = "[NAME]",
	.options = {quiet_id_options},
	.summary = "Create a volume",
	.run = run,
};
