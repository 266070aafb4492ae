/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON from clients. */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"

/*
 * Parses a text of len bytes. NULL with ERROR_INVALID naming line and column if it is malformed or
 * nested deeper than any message of the API. The caller owns the value.
 */
json_t *json_parse(const char *text, size_t len, struct error *err);

/* Appends the texts of a list (NULL: none) that a schema has checked. */
void json_add_strings(struct strings *to, const json_t *list);

/* Appends the text as a string of JSON. */
void json_put_string(struct buffer *b, const char *text);

#endif
