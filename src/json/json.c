/* SPDX-License-Identifier: BSD-2-Clause */
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

/* jansson recurses as deep as the text does; the stack of a worker thread is small. */
#define DEPTH_MAX 32

static bool too_deep(const char *text, size_t len)
{
	unsigned int depth = 0;
	bool string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				string = false;
		} else if (c == '"') {
			string = true;
		} else if (c == '[' || c == '{') {
			if (++depth > DEPTH_MAX)
				return true;
		} else if ((c == ']' || c == '}') && depth) {
			depth--;
		}
	}
	return false;
}

json_t *json_parse(const char *text, size_t len, struct error *err)
{
	json_error_t where;
	json_t *value;

	if (too_deep(text, len)) {
		error_set(err, ERROR_INVALID, "JSON nested deeper than %d levels", DEPTH_MAX);
		return NULL;
	}
	value = json_loadb(text ? text : "", len, 0, &where);
	if (!value)
		error_set(err, ERROR_INVALID, "malformed JSON at line %d, column %d: %s",
			where.line, where.column, where.text);
	return value;
}

void json_add_strings(struct strings *to, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item)
		strings_add(to, json_string_value(item));
}

void json_put_string(struct buffer *b, const char *text)
{
	buffer_add(b, "\"", 1);
	while (*text != '\0') {
		size_t plain = 0;

		while ((unsigned char)text[plain] >= ' ' && text[plain] != '"' &&
			text[plain] != '\\')
			plain++;
		buffer_add(b, text, plain);
		text += plain;
		if (*text != '\0')
			buffer_printf(b, "\\u%04x", (unsigned int)(unsigned char)*text++);
	}
	buffer_add(b, "\"", 1);
}
