/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean …?": the name that somebody may have meant who wrote another. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

#include "base/mem.h"

#define SUGGEST_NONE ((size_t)-1)

/*
 * The index of the name that is nearest to what was written, by the fewest letters to be changed,
 * added, left out or swapped (letter case counts less); else of one that begins so.
 * SUGGEST_NONE: none is near.
 */
size_t suggest(const char *written, const struct strings *names);

/* ". Did you mean 'NAME'?" or "", to be put behind an error's line; the caller frees it. */
char *suggest_text(const char *written, const struct strings *names);

#endif
