/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints all that is known of an image, as JSON. */
#include "klee/commands.h"
#include "klee/inspect.h"
#include "klee/sizes.h"

static int run(struct klee *k, const struct args *args)
{
	return inspect(k, args, "/images/%s/inspect", true);
}

const struct command cmd_image_inspect = {
	.group = "image",
	.name = "inspect",
	.shortcut = "isi",
	.arguments = "IMAGE",
	.options = {inspect_options, size_options},
	.summary = "Show an image in detail (JSON)",
	.run = run,
};
