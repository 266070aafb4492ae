/*
 * Volumes: datasets "volume/<name>" that outlive the containers which mount them. A volume's lock
 * is the name of its dataset, since a volume may be called what a container has as its id.
 */
#ifndef KLEENED_VOLUMES_H
#define KLEENED_VOLUMES_H

#include "kleened/api/api.h"
#include "kleened/store.h"

/* ERROR_INVALID unless the name can be a volume's. */
int volume_check_name(const char *name, struct error *err);

/* Makes the volume unless it is there. The caller holds its lock. */
int volume_ensure(struct daemon *d, const char *name, struct error *err);

/*
 * Removes what is left of one that is marked for it (remove_rest, upkeep.h). Whatever has gone
 * already is no error. The caller holds its lock.
 */
int volume_finish_removal(struct daemon *d, const char *name, struct error *err);

/* Endpoints. */
int volume_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

#endif
