/* SPDX-License-Identifier: BSD-2-Clause */
/* Times of kleened in words. */
#ifndef KLEE_AGE_H
#define KLEE_AGE_H

#include <time.h>

/* ISO 8601 in UTC ("2026-01-31T12:00:00.000000Z"), fraction and Z optional; -1: not one. */
time_t age_parse(const char *text);

/* "5 seconds ago", "About a minute ago", "3 weeks ago"; the caller frees it. */
char *age_words(time_t then, time_t now);

/* "5 seconds", "About a minute": how long that is; the caller frees it. */
char *age_span(time_t then, time_t now);

#endif
