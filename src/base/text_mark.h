/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte order marks, which some editors begin a text with. */
#ifndef BASE_TEXT_MARK_H
#define BASE_TEXT_MARK_H

#include <stddef.h>
#include <string.h>

/* The bytes of UTF-8's at the beginning of a text: 3, or 0 if there is none. */
static inline size_t text_mark(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

#endif
