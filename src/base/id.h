/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids: 12 lower-case hexadecimal digits from the system's random source. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>

#define ID_LEN 12

/*
 * Writes a new random id, NUL-terminated. One of digits alone is never made: a jail of that name
 * would be taken for a jail number, jail(8). Collisions are the store's unique constraint's task.
 */
void id_new(char id[ID_LEN + 1]);

/* True if s is a whole id. */
bool id_valid(const char *s);

/*
 * True if s can name a container, image, network or volume: 1 to 63 letters, digits, '_', '.' and
 * '-', the first one a letter or a digit. So no name is a path, an option or a reference with tag.
 */
bool name_valid(const char *s);

#endif
