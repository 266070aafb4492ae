/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives an image one more name and tag; with --force one that another image has. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	const char *form = args_flag(args, "force")
				   ? "/images/%s/tag?nametag=%s&add=true"
				   : "/images/%s/tag?nametag=%s&add=true&unused=true";
	AUTO_FREE char *path = client_path(form, args->words[0], args->words[1]);
	struct error err = {0};
	json_t *answer;

	if (klee_request(k, "POST", path, NULL, &answer, &err) < 0)
		return klee_argument_failed(k, &err);
	klee_acted(k, answer, args->words[0]);
	return EXIT_SUCCESS;
}

const struct command cmd_image_tag = {
	.group = "image",
	.name = "tag",
	.arguments = "IMAGE NAMETAG",
	.options = {force_options, quiet_options},
	.summary = "Give an image one more name",
	.run = run,
};
