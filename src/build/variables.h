/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replacing variables in instructions, with the rules of sh(1): $x, ${x}, ${x:-word}, ${x:+word},
 * the same without ':', '…', "…", and "\". This is an evaluator of our own, which can run nothing:
 * $(…) and `…` are characters like others.
 */
#ifndef BUILD_VARIABLES_H
#define BUILD_VARIABLES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

/* True if s begins with a variable's name that ends at end (or, if end is NULL, with s). */
bool variable_name(const char *s, const char *end);

/* The value of a variable in a list of NAME=VALUE; NULL: it is not set. */
const char *variable_value(const struct strings *vars, const char *name, size_t len);

#define EXPANDED_MAX ((size_t)256 << 10) /* bytes that an instruction may become */

enum words_mode {
	WORDS_WHOLE, /* a word is what has no blanks outside of quotes, whatever variables hold */
	WORDS_SPLIT, /* blanks in the values of unquoted variables separate words, too */
	WORDS_ONE, /* the text is one word, and blanks are characters like others */
};

/*
 * Takes a text apart into words, without their quotes and with variables replaced. vars: NULL for
 * a check, with some value for every variable. patterns: the words are patterns of match.h, so that
 * wildcards that were quoted get a "\". ERROR_INVALID: a quote that does not end, a ${…} that is
 * none of the above, a result of more than EXPANDED_MAX. The words are appended to *words.
 */
int words_expand(const char *text, const struct strings *vars, enum words_mode mode, bool patterns,
	struct strings *words, struct error *err);

/*
 * Replaces variables in a text in which quotes mean nothing; "\$" is "$". vars and errors as above.
 * The caller frees.
 */
char *text_expand(const char *text, const struct strings *vars, struct error *err);

#endif
