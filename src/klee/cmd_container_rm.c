/* Removes containers; with --force running ones too. */
#include "klee/commands.h"
#include "klee/klee.h"

static const struct option rm_options[] = {
	{"force", 'f', OPTION_FLAG, NULL, NULL, "stop running containers first"},
	{0},
};

static int rm(struct klee *k, const char *container, const struct args *args, struct error *err)
{
	json_t *stopped = NULL, *removed = NULL;

	/* 404: not running or not there; the removal tells which */
	if (args_flag(args, "force") &&
		klee_object(k, "POST", "/containers/%s/stop", container, NULL, &stopped, err) < 0 &&
		err->code != 404)
		return -1;
	if (klee_object(k, "DELETE", "/containers/%s", container, NULL, &removed, err) < 0) {
		/* one of run --rm has gone when it is stopped */
		if (stopped == NULL || err->code != 404) {
			json_decref(stopped);
			klee_explain(k, container, err);
			return -1;
		}
		removed = json_incref(stopped);
	}
	json_decref(stopped);
	klee_acted(k, removed, container);
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
