/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns of file names: those of COPY, and the rules of .dockerignore. Pure. */
#ifndef BUILD_MATCH_H
#define BUILD_MATCH_H

#include <stdbool.h>

#include "base/mem.h"

/*
 * True if a name without '/' is what the pattern says: '*' any characters, '?' one, […] one of a
 * list or of ranges, [!…] and [^…] none of these, '\' takes the meaning from the next character.
 */
bool match_name(const char *pattern, const char *name);

/*
 * Appends the patterns that "{a,b}" in one stands for, which may stand in each other; without a ','
 * or a '}' the '{' is a character like others. Of more than ALTERNATIVES_MAX, or a pattern that is
 * longer than a path can be: false.
 */
#define ALTERNATIVES_MAX 1000
bool match_alternatives(const char *pattern, struct strings *patterns);

/* True if a component of a path has such characters, so that names have to be looked through. */
bool match_has_wildcards(const char *pattern);

/* Takes the '\' off what they quote. The caller frees. */
char *match_unquote(const char *pattern);

/* What .dockerignore says: the last rule that fits decides. Zero-initialised: nothing is ignored.
 */
struct ignore {
	struct ignore_rule {
		struct strings components; /* "**" stands for any number of them */
		bool except; /* the rule begins with '!' */
	} * rules;
	size_t n;
	bool has_exceptions;
};

/* Reads the file: a rule a line, but for empty ones and those that begin with '#'. */
void ignore_parse(const char *text, struct ignore *i);
void ignore_free(struct ignore *i);

/*
 * True if a path, relative to the context and without "." and "..", is ignored: by itself, or since
 * a directory is that it lies in.
 */
bool ignore_has(const struct ignore *i, const char *path);

#endif
