/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done with containers as a whole; their endpoints. */
#ifndef CONTAINER_CONTAINERS_H
#define CONTAINER_CONTAINERS_H

#include <stdint.h>

#include "http/api.h"
#include "store/store.h"

/*
 * Ends every process of the container and waits for it; one that is removed when it has stopped has
 * gone then. seconds: until SIGKILL; NULL: as its configuration says. The caller holds its lock.
 */
int container_stop(struct daemon *d, const char *id, const json_t *seconds, struct error *err);

/* Removes, in a worker, a container that has stopped if it was created to be removed then. */
void container_has_stopped(struct daemon *d, const char *id);

/*
 * The same if it was created to be removed unless it is started in time, that time is over, and it
 * never was.
 */
void container_not_started(struct daemon *d, const char *id);

/* How many seconds that are; 0: it stays. */
int64_t container_start_time(const json_t *config);

/* Checks a ContainerConfig, complete or with what is to change. ERROR_INVALID says what is wrong.
 */
int container_check_config(struct daemon *d, const json_t *config, struct error *err);

/* The same for the restart policy alone, and whether it goes together with the rest. */
int container_check_restart(const json_t *config, struct error *err);

/*
 * Removes what is left of one that is marked for it (remove_rest, upkeep.h). Whatever has gone
 * already is no error. The caller holds its lock.
 */
int container_finish_removal(struct daemon *d, const char *id, struct error *err);

/* What a container is doing as it is looked at. */
struct container_state {
	bool running;
	int number; /* the jail's, while it runs */
	struct exit_status exit; /* of its last run */
};

void container_look(struct daemon *d, const struct container *c, struct container_state *state);

/* What that is called in answers. The caller frees. */
char *container_status(
	struct daemon *d, const struct container *c, const struct container_state *state);

/*
 * Finds a container as store_find_container does, but says that there is none in these few words,
 * which clients of the published daemon compare. Inspecting it says it with the name, and with
 * what may have been meant.
 */
#define NO_SUCH_CONTAINER   "no such container"
#define CONTAINER_NOT_FOUND "container not found"
int container_find(struct daemon *d, const char *ref, const char *words, char id[ID_LEN + 1],
	struct error *err);

/* Endpoints; container_create, _list and _update are in files of their own. */
int container_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int container_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int container_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int container_stop_endpoint(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int container_update(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int container_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int container_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

#endif
