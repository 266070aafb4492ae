/* Removes containers; with --force running ones too. */
#include "klee/commands.h"
#include "klee/klee.h"

static const struct option rm_options[] = {
	{"force", 'f', OPTION_FLAG, NULL, NULL, "stop running containers first"},
	{0},
};

static int rm(struct klee *k, const char *container, const struct args *args, struct error *err)
{
	json_t *answer;

	/* 404: not running or not there; the removal tells which */
	if (args_flag(args, "force") &&
		klee_object(k, "POST", "/containers/%s/stop", container, NULL, NULL, err) < 0 &&
		err->code != 404)
		return -1;
	if (klee_object(k, "DELETE", "/containers/%s", container, NULL, &answer, err) < 0)
		return -1;
	klee_acted(k, answer, container);
	return 0;
}

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, rm);
}

const struct command cmd_container_rm = {
	.group = "container",
	.name = "rm",
	.shortcut = "rmc",
	.arguments = "CONTAINER...",
	.options = {rm_options, quiet_options},
	.summary = "Remove containers",
	.run = run,
};
