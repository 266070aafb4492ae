/* Stops running containers. */
#include "klee/commands.h"
#include "klee/klee.h"

static int stop(struct klee *k, const char *container, const struct args *args, struct error *err)
{
	json_t *answer;

	if (klee_object(k, "POST", "/containers/%s/stop", container, NULL, &answer, err) < 0)
		return -1;
	klee_acted(k, answer, container);
	return 0;
}

static int run(struct klee *k, const struct args *args)
{
	return klee_for_each(k, args, stop);
}

const struct command cmd_container_stop = {
	.group = "container",
	.name = "stop",
	.shortcut = "stop",
	.arguments = "CONTAINER...",
	.options = {quiet_options},
	.summary = "Stop running containers",
	.run = run,
};
