/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes containers, all at once; with --force running ones too. */
#include "klee/commands.h"
#include "klee/together.h"

static const struct option rm_options[] = {
	{"force", 'f', OPTION_FLAG, NULL, NULL, "stop running containers first"},
	{"volumes", 'v', OPTION_FLAG, NULL, NULL, "with their volumes that have no name"},
	{0},
};

struct wanted {
	bool force, volumes;
};

static int rm(struct klee *k, struct errand *e, void *arg, struct call **call, struct error *err)
{
	const struct wanted *w = arg;
	int step = e->step + (w->force ? 0 : 1);

	if (step == 0)
		return together_request(k, e, "POST", "/containers/%s/stop", call);
	if (step == 1) {
		/* 404: not running or not there; the removal tells which */
		if (e->rc < 0 && err->code != 404)
			return -1;
		e->kept = take_ptr(&e->answer);
		return together_request(k, e, "DELETE",
			w->volumes ? "/containers/%s?volumes=true" : "/containers/%s", call);
	}
	if (e->rc == 0)
		return 0;
	if (e->kept != NULL && err->code == 404) { /* of run --rm: gone when it is stopped */
		e->answer = take_ptr(&e->kept);
		return 0;
	}
	klee_explain(k, e->word, err);
	return -1;
}

static int run(struct klee *k, const struct args *args)
{
	struct wanted w = {args_flag(args, "force"), args_flag(args, "volumes")};

	return klee_together(k, args, rm, &w);
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
