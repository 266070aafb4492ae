/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of which each has a run of the container to itself: single.h. */
#include "container/single.h"

#include <signal.h>
#include <string.h>

#include "container/start.h"
#include "daemon/daemon.h"
#include "runtime/execs.h"
#include "runtime/memory.h"
#include "runtime/runtime.h"

/* Launches the container with the process in it. */
static int start_single(struct daemon *d, struct session *s, const struct exec *e,
	const struct container *c, const char *directory, struct attachment *a, struct error *err)
{
	AUTO(held_release) struct held held = hold(d->locks, c->id);
	AUTO(process_spec_free) struct process_spec spec = {0};
	const struct start_how how = {.own = true, .session = s};
	struct wire_message m = {0};
	int console = -1, result = -1;
	enum asked asked;

	if (start_compose(d, e, c, false, &spec, &console, err) != 0)
		return -1;
	free(spec.directory);
	spec.directory = xstrdup(directory);
	asked = start_launch(d, c, &spec, &how, -1, &a->conn, &m, err);
	if (asked == ASKED_ENDED)
		error_set(err, ERROR_SYSTEM, "container %s was ended from outside", c->id);
	else if (asked == ASKED_RUNS)
		result = attachment_open(a, &m, err);
	wire_message_free(&m);
	return result;
}

int single_run(struct daemon *d, struct session *s, const struct container *c,
	const struct single *run, int *code, struct error *err)
{
	struct attachment a = {.conn = {.fd = -1},
		.input = -1,
		.outputs = {-1, -1},
		.no_input = true,
		.silent = run->silent};
	struct exec e = {0};
	char id[ID_LEN + 1];
	struct attach_result ended;
	int result;

	memcpy(e.container, c->id, sizeof(e.container));
	strings_copy(&e.cmd, run->cmd);
	strings_copy(&e.env, run->env);
	e.user = xstrdup(run->user);
	result = execs_create(d->execs, &e, id, err);
	if (result == 0)
		result = execs_start(d->execs, id, &e, err);
	if (result == 0)
		result = start_single(d, s, &e, c, run->directory, &a, err);
	if (result == 0) {
		execs_running(d->execs, id);
		ended = attach_run(d->movers, s, &a);
		*code = ended.code;
		result = (int)ended.end;
		if (result != ATTACH_GONE && runtime_out_of_memory(d->runtime, c->id)) {
			memory_tell(d, s, c->id, false);
			*code = 128 + SIGKILL;
			result = ATTACH_EXITED;
		} else if (result == ATTACH_LOST) {
			result = error_set(
				err, ERROR_SYSTEM, "container %s was ended from outside", c->id);
		}
	}
	execs_remove(d->execs, id);
	attachment_close(&a);
	exec_free(&e);
	AUTO(held_release) struct held held = hold(d->locks, c->id);
	runtime_end(d->runtime, c->id);
	return result;
}
