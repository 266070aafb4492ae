/* SPDX-License-Identifier: BSD-2-Clause */
/* COPY, and what the steps share with it. */
#ifndef BUILD_COPY_H
#define BUILD_COPY_H

#include "build/build_private.h"

int do_copy(struct build *b, const struct instruction *i, struct error *err);

/* A digest of all that the sources hold. The caller frees; NULL with *err. */
char *copy_digest(struct build *b, const struct strings *sources, struct error *err);

/* ---- steps.c ---- */

/* An error if the client is gone. */
int step_check_client(struct session *s, struct error *err);

/* The words of an instruction, those of COPY as patterns, with variables replaced. */
int step_expand(const struct build *b, const struct instruction *i, struct strings *words,
	struct error *err);

/* The instruction's one word. The caller frees; NULL with *err. */
char *step_expand_one(const struct build *b, const struct instruction *i, struct error *err);

/* All variables that instructions can name, as a process would find them. */
void step_variables(const struct build *b, struct strings *vars);

/* A path in the container, seen from the directory of WORKDIR. The caller frees. */
char *step_absolute(const struct build *b, const char *path);

json_t *step_json_strings(const struct strings *list);

/* Goes on from what the cache has for the key: 1; 0: it has nothing. */
int step_from_cache(
	struct build *b, const struct instruction *i, const char *key, struct error *err);

/* Makes container and directories, so that something can be done in them. */
int step_prepare(struct build *b, struct error *err);

/* The snapshot of what an instruction made has been taken, now or earlier: tells the client. */
void step_done(struct build *b);

#endif
