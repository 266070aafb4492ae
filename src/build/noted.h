/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that do nothing but say what is to be known of the image. */
#ifndef BUILD_NOTED_H
#define BUILD_NOTED_H

#include "build/build_private.h"

int do_entrypoint(struct build *b, const struct instruction *i, struct error *err);
int do_cmd(struct build *b, const struct instruction *i, struct error *err);
int do_shell(struct build *b, const struct instruction *i, struct error *err);
int do_expose(struct build *b, const struct instruction *i, struct error *err);
int do_volume(struct build *b, const struct instruction *i, struct error *err);
int do_label(struct build *b, const struct instruction *i, struct error *err);
int do_stopsignal(struct build *b, const struct instruction *i, struct error *err);
int do_maintainer(struct build *b, const struct instruction *i, struct error *err);

/*
 * Appends a command as it will be executed: nothing is replaced in it. A line for a shell is that
 * shell's affair, which has the variables of the container that it runs in.
 */
void command_words(const struct build *b, const struct instruction *i, const char *text,
	struct strings *words);

#endif
