/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the builder share. */
#ifndef BUILD_BUILD_PRIVATE_H
#define BUILD_BUILD_PRIVATE_H

#include "build/context.h"
#include "build/dockerfile.h"
#include "daemon/daemon.h"
#include "store/store_build.h"

struct session;

/* One image being built, by one thread. */
struct build {
	struct daemon *daemon;
	struct session *session;
	const json_t *config; /* ImageBuildConfig */
	char id[ID_LEN + 1]; /* of the image */
	struct strings names; /* that it gets, "NAME:TAG" */
	struct dockerfile file;
	struct context context;

	/* the state that was reached, and what the dataset was or will be cloned from */
	char contents[ID_LEN + 1]; /* stands for the state: a snapshot, or a base image */
	char from[ID_LEN + 1]; /* the image of FROM; "": not there yet */
	char *origin, *origin_snapshot; /* a dataset and its snapshot */
	char snapshot[ID_LEN + 1]; /* the newest that the client was told of; "": none */
	struct container container; /* id "": not needed so far */

	/* what the instructions have set */
	struct strings args; /* of ARG, NAME=VALUE; those before FROM until that is done */
	struct strings
		first_args; /* of ARG before FROM: what one of the name behind it begins as */
	struct strings inherited, env; /* of the image of FROM; of ENV */
	json_t *cmd;
	bool has_cmd; /* which is this Dockerfile's */
	json_t *noted; /* what else the image's configuration has: image_noted */
	char *user;
	char *directory; /* of WORKDIR, absolute */
	struct strings directories; /* of WORKDIR, not made yet */
	json_t *instructions; /* done: [instruction, "@snapshot" or ""] each */
};

/* ---- build.c ---- */

bool build_flag(const struct build *b, const char *name); /* of ImageBuildConfig */

/* Output for the client, whether it wants to see steps or not. */
void build_tell(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What ends a step's line: nothing for the published client, which makes a line of the frame. */
const char *build_line_end(const struct build *b);

/* ---- steps.c ---- */

/* Does what one instruction says. */
int build_step(struct build *b, const struct instruction *i, struct error *err);

/* Does what instructions have left for later. */
int build_last_step(struct build *b, struct error *err);

/* ---- state.c: datasets, snapshots, the store ---- */

/* Begins at an image or one of its snapshots. */
int state_begin(struct build *b, const char *ref, struct error *err);

/*
 * Takes the state that an earlier instruction with the same key has made of the same state: 1, or 0
 * if there is none or the cache is not to be used.
 */
int state_from_cache(struct build *b, const char *key, struct error *err);

/* Makes the container, unless it is there. */
int state_need_container(struct build *b, struct error *err);

/* Takes a snapshot of the container, which does not run; of what i (may be NULL) has made. */
int state_snapshot(
	struct build *b, const struct instruction *i, const char *key, struct error *err);

/* Notes an instruction that is done; snapshot: "" or the id of the one that it made. */
void state_note(struct build *b, const struct instruction *i, const char *snapshot);

/* Makes the image of the state that was reached. */
int state_finish(struct build *b, struct error *err);

/*
 * Whether an image that has all the build's names already is what the build has come to, the cache
 * having had everything: its id, instead of the new one's.
 */
bool state_is_there(struct build *b, char id[ID_LEN + 1]);

/* Makes the image "failed" of the state that was reached, or leaves nothing. */
void state_failed(struct build *b, bool keep);

/*
 * Makes the dataset of a build's container the image's, unless that is done already, with a
 * snapshot of how it is; all of it is on disk then.
 */
int state_settle(struct daemon *d, const char *image, const char *container, struct error *err);

/* Leaves nothing of a build; what cannot be removed now is tried again (upkeep.h). */
int state_discard(struct daemon *d, const char *image, struct error *err);

/* What the image will be, as the store has it. */
json_t *state_image_config(const struct build *b);

/* ---- cache.c ---- */

/*
 * A digest of what an instruction's result depends on: the state before it and the members of the
 * object, which it takes over. The caller frees.
 */
char *cache_key(const struct build *b, const char *kind, json_t *depends);

/* ---- networks.c ---- */

/* Connects the build's container to the networks that ImageBuildConfig lists. */
int build_networks(struct build *b, struct error *err);

#endif
