/* Stops running containers, all at once. */
#include "klee/commands.h"
#include "klee/together.h"

static const struct option stop_options[] = {
	{"time", 't', OPTION_VALUE, "SECONDS", NULL,
		"how long it has to end (default: its --stop-timeout)"},
	{0},
};

static int stop(struct klee *k, struct errand *e, void *path, struct call **call, struct error *err)
{
	return e->step == 0 ? together_request(k, e, "POST", path, call) : e->rc;
}

static int run(struct klee *k, const struct args *args)
{
	struct error err = {0};
	long long seconds;
	AUTO_FREE char *path = NULL;

	if (args_number(args, "time", 0, -1, &seconds, &err) != 0)
		return klee_failed(k, &err);
	path = seconds < 0 ? xstrdup("/containers/%s/stop")
			   : xasprintf("/containers/%%s/stop?timeout=%lld", seconds);
	return klee_together(k, args, stop, path);
}

const struct command cmd_container_stop = {
	.group = "container",
	.name = "stop",
	.shortcut = "stop",
	.arguments = "CONTAINER...",
	.options = {stop_options, quiet_options},
	.summary = "Stop running containers",
	.run = run,
};
