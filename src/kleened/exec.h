/* Running commands in containers: the endpoints of execution instances. */
#ifndef KLEENED_EXEC_H
#define KLEENED_EXEC_H

#include "kleened/api/api.h"

/*
 * At the daemon's start: starts the containers whose restart policy wants it and that do not run.
 * What cannot be started is named in the log.
 */
void exec_start_containers(struct daemon *d);

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
