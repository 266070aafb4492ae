/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 (RFC 3629): what may go into a text frame or a JSON string. */
#ifndef HTTP_UTF8_H
#define HTTP_UTF8_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

bool utf8_valid(const char *text, size_t len);

/* The greatest n <= max at which text, valid UTF-8 of len bytes, can be cut. */
size_t utf8_cut(const char *text, size_t len, size_t max);

/* Sets a member of a JSON object; bytes of text that are not UTF-8 become '?'. */
void utf8_set(json_t *object, const char *key, const char *text);

#endif
