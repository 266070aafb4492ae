/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the store holds of builds: those under way, the snapshots that builds have taken, and from
 * which other image an image was cloned.
 *
 * A build is a row from before its first trace on the host until its image is ready or gone. Its
 * image is "creating" all the while; its container, once it needs one, is "ready", so that users
 * see it, but only the build may start or remove it. The build's configuration says what would
 * become of it if the daemon ended now.
 */
#ifndef STORE_STORE_BUILD_H
#define STORE_STORE_BUILD_H

#include "store/store.h"

struct build_row {
	char image[ID_LEN + 1];
	char container[ID_LEN + 1]; /* "": none yet */
	json_t *config;
};

void build_row_free(struct build_row *b);

/* Inserts the build and its image. */
int store_add_build(struct store *s, const struct image *image, json_t *config, struct error *err);

/*
 * Notes from which image, by its name or id, the new one is made: that one can then not be removed.
 * ERROR_NOT_FOUND if it is not ready (any more).
 */
int store_set_parent(struct store *s, const char *image, const char *parent, struct error *err);

/*
 * Notes which image's dataset the new image's will be a clone of, which may be another one's that
 * the cache leads to: its dataset stays as long. ERROR_NOT_FOUND if it is going.
 */
int store_set_origin(struct store *s, const char *image, const char *origin, struct error *err);

/* Inserts the container of a build. */
int store_add_build_container(
	struct store *s, const char *image, const struct container *c, struct error *err);

/* Changes the build's configuration. */
int store_update_build(struct store *s, const char *image, json_t *config, struct error *err);

/*
 * A snapshot that the build took: of the dataset that will be the image's. key: what an instruction
 * must have in common with this one to take its snapshot. Stored with the build's configuration.
 */
int store_add_snapshot(struct store *s, const char *image, const char *snapshot, const char *key,
	json_t *config, struct error *err);

/*
 * The newest snapshot with that key of an image that is ready or kept: 1, with the image whose
 * dataset has it; 0: there is none.
 */
int store_find_cached(struct store *s, const char *key, char snapshot[ID_LEN + 1],
	char owner[ID_LEN + 1], struct error *err);

/* The image whose dataset has the snapshot. ERROR_NOT_FOUND. */
int store_snapshot_owner(
	struct store *s, const char *snapshot, char owner[ID_LEN + 1], struct error *err);

/*
 * The snapshot that is the state an image is in, "" if there is none: its own id stands for it
 * then.
 */
int store_image_contents(
	struct store *s, const char *image, char snapshot[ID_LEN + 1], struct error *err);

/*
 * Ends a build, on disk: its image is ready under the names (as of store_image_ready), and its
 * container is gone. contents: see store_image_contents.
 */
int store_build_ready(struct store *s, const char *image, const struct strings *names,
	const char *contents, json_t *config, struct error *err);

/* The container of a build, "" if it has none. */
int store_build_container(
	struct store *s, const char *image, char container[ID_LEN + 1], struct error *err);

/* Marks a build of which nothing is to be left. */
int store_abandon_build(struct store *s, const char *image, struct error *err);

/* Forgets a build of which nothing is left on the host, with image and container. */
int store_drop_build(struct store *s, const char *image, struct error *err);

/* True if a build runs in the container. */
bool store_is_build_container(struct store *s, const char *container);

/* All builds; abandoned: those that store_abandon_build marked. The list is the caller's to free.
 */
int store_list_builds(
	struct store *s, bool abandoned, struct build_row **list, size_t *n, struct error *err);
void build_list_free(struct build_row *list, size_t n);

#endif
