/* Running commands in containers: the endpoints of execution instances. */
#ifndef KLEENED_EXEC_H
#define KLEENED_EXEC_H

#include "kleened/api/api.h"
#include "kleened/attach.h"
#include "kleened/execs.h"
#include "kleened/store.h"

/*
 * At the daemon's start: starts the containers whose restart policy wants it and that do not run.
 * What cannot be started is named in the log.
 */
void exec_start_containers(struct daemon *d);

/* One command of several that are run in a container, each in a run of its own. */
struct single_run {
	const struct strings *cmd, *env;
	const char *user; /* "": the container's */
	const char *directory;
	bool silent; /* its output goes nowhere */
};

/*
 * Runs a command in a container that does not run, with its output going to the session and no
 * input. When it has ended, the container's other processes are ended, too, and all that the host
 * had for them is gone when this returns. The container's lock must not be held. Returns how it
 * ended, with *code set for ATTACH_EXITED, or -1 with *err if it could not be started or the
 * container was ended from outside.
 */
int exec_single(struct daemon *d, struct session *s, const struct container *c,
	const struct single_run *run, int *code, struct error *err);

/* Ends whatever runs in a container, and waits for it. The caller holds its lock. */
void exec_end_all(struct daemon *d, const char *container);

/* Starts the own command of a container that has ended, unless it has been stopped meanwhile. */
void exec_restart(struct daemon *d, const char *id);

/* Endpoints. */
int exec_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int exec_stop(struct daemon *d, const struct request *req, struct response *res, struct error *err);
int exec_resize(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int exec_start(struct daemon *d, struct session *s, json_t *config, struct error *err);

#endif
