/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes volumes, with all that is in them; with --force those that stopped containers mount, too.
 */
#include "klee/commands.h"
#include "klee/klee.h"

static int rm(struct klee *k, const char *volume, const struct args *args, struct error *err)
{
	const char *path = args_flag(args, "force") ? "/volumes/%s" : "/volumes/%s?unused=true";
	json_t *answer;

	if (klee_object(k, "DELETE", path, volume, NULL, &answer, err) < 0)
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
	.options = {force_options, quiet_options},
	.summary = "Remove volumes",
	.run = run,
};
