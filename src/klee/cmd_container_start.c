/*
 * Starts the own command of stopped containers. One that runs is left as it is, which is a success:
 * a second process of its command is hardly what is wanted.
 */
#include <stdio.h>

#include "klee/commands.h"
#include "klee/execution.h"

/* The container's id, for a line of the output; to be freed. NULL with *err. */
static char *find_id(struct klee *k, const char *container, bool *running, struct error *err)
{
	json_t *answer;
	const char *id;
	char *line;

	if (klee_object(k, "GET", "/containers/%s/inspect", container, NULL, &answer, err) < 0)
		return NULL;
	id = klee_string(json_object_get(answer, "container"), "id");
	line = klee_one_line(*id != '\0' ? id : container);
	*running = json_is_true(json_object_get(json_object_get(answer, "container"), "running"));
	json_decref(answer);
	return line;
}

static int start(struct klee *k, struct execution *e, const char *container)
{
	struct error err = {0};
	bool running = false;
	AUTO_FREE char *id = find_id(k, container, &running, &err);

	if (id == NULL)
		return klee_failed(k, &err);
	if (running) {
		puts(id);
		return EXIT_SUCCESS;
	}
	e->container = e->title = id;
	return execute(k, e);
}

static int run(struct klee *k, const struct args *args)
{
	struct execution e = {0};
	struct error err = {0};
	int code = EXIT_SUCCESS;

	execution_options(&e, args);
	e.stopped_only = true;
	if (!e.detach && args->nwords > 1) {
		error_set(&err, ERROR_INVALID,
			"attaching needs exactly one container; --detach starts several");
		klee_report(k, &err);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < args->nwords; i++) {
		int n = start(k, &e, args->words[i]);

		code = n != EXIT_SUCCESS ? n : code;
	}
	return code;
}

const struct command cmd_container_start = {
	.group = "container",
	.name = "start",
	.shortcut = "start",
	.arguments = "CONTAINER...",
	.options = {attach_options},
	.summary = "Start containers",
	.run = run,
};
