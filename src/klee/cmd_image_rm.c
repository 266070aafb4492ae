/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes images that nothing depends on, or one of several names of an image. */
#include "klee/commands.h"
#include "klee/klee.h"

static int rm(struct klee *k, const char *image, const struct args *args, struct error *err)
{
	const char *path = args_flag(args, "force") ? "/images/%s" : "/images/%s?unused=true";
	json_t *answer;

	if (klee_object(k, "DELETE", path, image, NULL, &answer, err) < 0)
		return -1;
	klee_acted(k, answer, image);
	return 0;
}

static const struct option rm_options[] = {
	{"force", 'f', OPTION_FLAG, NULL, NULL, "by its id, with all its names"},
	{0},
};

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, rm);
}

const struct command cmd_image_rm = {
	.group = "image",
	.name = "rm",
	.shortcut = "rmi",
	.arguments = "IMAGE...",
	.options = {rm_options, quiet_options},
	.summary = "Remove images",
	.run = run,
};
