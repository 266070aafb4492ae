/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dockerfiles, read into a list of instructions. Pure: nothing but the text counts, and whatever is
 * wrong with it is found here, before anything is built.
 *
 * An instruction stands on a line of its own; "\" at the end of a line joins the next one to it.
 * Lines that begin with '#' are comments; they and empty ones may also stand between joined ones.
 * Some have a JSON form, a list of strings.
 */
#ifndef BUILD_DOCKERFILE_H
#define BUILD_DOCKERFILE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"
#include "build/instruction_table.h"

#define DOCKERFILE_MAX		    (1u << 20) /* bytes of a Dockerfile */
#define DOCKERFILE_INSTRUCTIONS_MAX 10000

struct instruction {
	enum instruction_kind kind;
	enum instruction_form form;
	unsigned int line; /* where it begins, from 1 on */
	char *text; /* all of it, joined */
	const char *rest; /* what follows the word, and COPY's options, within text */
	bool json;
	struct strings list; /* what the JSON form holds */
	char *owner; /* of COPY, what --chown says, with its variables; NULL: nothing */
	int mode; /* of COPY, what --chmod says; -1: nothing */
};

/* Begins with any number of ARG, then FROM, and has no other FROM. */
struct dockerfile {
	struct instruction *instructions;
	size_t n;
};

/*
 * Reads a Dockerfile. ERROR_INVALID: "line N: what is wrong: the instruction". The caller frees *f,
 * which is empty after an error.
 */
int dockerfile_parse(const char *text, size_t len, struct dockerfile *f, struct error *err);
void dockerfile_free(struct dockerfile *f);

/* Puts "line N: " in front of an error that concerns the instruction, its text behind; -1. */
int instruction_error(const struct instruction *i, struct error *err);

/* True if a destination of COPY says of itself that it is a directory. */
bool names_directory(const char *path);

#endif
