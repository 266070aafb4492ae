/* Removes images that nothing depends on. */
#include "klee/commands.h"
#include "klee/klee.h"

static int rm(struct klee *k, const char *image, const struct args *args, struct error *err)
{
	json_t *answer;

	if (klee_object(k, "DELETE", "/images/%s", image, NULL, &answer, err) < 0)
		return -1;
	klee_acted(k, answer, image);
	return 0;
}

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, rm);
}

const struct command cmd_image_rm = {
	.group = "image",
	.name = "rm",
	.shortcut = "rmi",
	.arguments = "IMAGE...",
	.options = {quiet_options},
	.summary = "Remove images",
	.run = run,
};
