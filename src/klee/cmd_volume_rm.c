/* Removes volumes, with all that is in them. */
#include "klee/commands.h"
#include "klee/klee.h"

static int rm(struct klee *k, const char *volume, const struct args *args, struct error *err)
{
	json_t *answer;

	if (klee_object(k, "DELETE", "/volumes/%s", volume, NULL, &answer, err) < 0)
		return -1;
	klee_acted(k, answer, volume);
	return 0;
}

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, rm);
}

const struct command cmd_volume_rm = {
	.group = "volume",
	.name = "rm",
	.shortcut = "rmv",
	.arguments = "VOLUME...",
	.options = {quiet_options},
	.summary = "Remove volumes",
	.run = run,
};
