/* SPDX-License-Identifier: BSD-2-Clause */
/* Images: their endpoints. */
#ifndef DATASET_IMAGES_H
#define DATASET_IMAGES_H

#include "base/mem.h"
#include "http/api.h"

/*
 * Adds "NAME:TAG" of NAME[:TAG], tag "latest" when left out. ERROR_INVALID if either is no proper
 * name.
 */
int nametag_add(struct strings *names, const char *text, struct error *err);

/* Those that a configuration gives its image as "tag" and "tags". */
int nametags_of(const json_t *config, struct strings *names, struct error *err);

/*
 * What the configuration of an image may hold beside cmd, env, user and instructions. Where it does
 * not, users are shown an empty value of the type.
 */
struct image_noted {
	const char *name;
	json_type type;
};
extern const struct image_noted image_noted[];
extern const size_t image_noted_count;

/*
 * Removes an image that no container and no other image was made from, else ERROR_CONFLICT. If the
 * cache has led others to what it has, that stays until they are gone (images_release).
 */
int image_discard(struct daemon *d, const char *id, struct error *err);

/* Removes what was kept of images for others that are gone. To be called without any lock. */
void images_release(struct daemon *d);

/*
 * Removes what is left of one that is marked for it (remove_rest, upkeep.h). Whatever has gone
 * already is no error. The caller holds its lock.
 */
int image_finish_removal(struct daemon *d, const char *id, struct error *err);

/* Endpoints. */
int image_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int image_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int image_tag(struct daemon *d, const struct request *req, struct response *res, struct error *err);
int image_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int image_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

#endif
