/* Prints all that is known of an image, as JSON. */
#include "klee/commands.h"
#include "klee/klee.h"

static int run(struct klee *k, const struct args *args)
{
	return klee_inspect(k, "/images/%s/inspect", args->words[0]);
}

const struct command cmd_image_inspect = {
	.group = "image",
	.name = "inspect",
	.shortcut = "isi",
	.arguments = "IMAGE",
	.options = {format_options},
	.summary = "Show an image in detail (JSON)",
	.run = run,
};
