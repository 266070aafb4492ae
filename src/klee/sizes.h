/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of the disk things take, as it is asked for and shown. */
#ifndef KLEE_SIZES_H
#define KLEE_SIZES_H

#include <jansson.h>
#include <stdbool.h>

#include "klee/args.h"

extern const struct option size_options[]; /* -s, --size */

/* Whether that is to be asked for: by the option, or since the template of --format names it. */
bool sizes_wanted(const struct args *args);

/* "0B", "1.05kB", "73.5MB"; the caller frees it. */
char *size_words(long long bytes);

/* A field of bytes in words, "N/A" if the object has none. A new string value. */
json_t *size_text(const json_t *object, const char *field);

#endif
