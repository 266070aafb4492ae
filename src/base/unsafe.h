/* SPDX-License-Identifier: BSD-2-Clause */
/* What of somebody else's text must not reach a terminal. */
#ifndef BASE_UNSAFE_H
#define BASE_UNSAFE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The length in bytes of the character at p if it is one that a terminal obeys instead of showing
 * it: a control character (of ASCII or U+0080 to U+009F), one that turns the direction of what
 * follows (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), that separates lines, or
 * that cannot be seen (U+200B to U+200D, U+2060 to U+2064, U+FEFF); 0 if it is harmless. p: not at
 * the end. character: receives its number; may be NULL.
 */
size_t unsafe_length(const char *p, uint32_t *character);

#endif
