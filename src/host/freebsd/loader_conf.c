/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/loader_conf.h"

#include <string.h>

static const char blanks[] = " \t\r";

/* The value that a line gives to the variable, with its length; NULL if it does not. */
static const char *line_value(const char *line, size_t len, const char *name, size_t *value_len)
{
	const char *end = line + len, *value;
	size_t name_len = strlen(name);

	line += strspn(line, blanks);
	if (line >= end || (size_t)(end - line) <= name_len || strncmp(line, name, name_len) != 0)
		return NULL;
	line += name_len;
	line += strspn(line, blanks);
	if (line >= end || *line != '=')
		return NULL;
	value = line + 1 + strspn(line + 1, blanks);
	if (value < end && *value == '"') {
		const char *quote;

		value++;
		quote = memchr(value, '"', (size_t)(end - value));
		*value_len = (size_t)((quote != NULL ? quote : end) - value);
	} else {
		*value_len = strcspn(value, " \t\r\n#");
	}
	return value;
}

bool loader_conf_has(const char *text, const char *name, const char *value)
{
	bool has = false;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), n;
		const char *found = line_value(text, len, name, &n);

		if (found != NULL)
			has = n == strlen(value) && strncmp(found, value, n) == 0;
		text += len + (text[len] == '\n' ? 1 : 0);
	}
	return has;
}

void loader_conf_add(struct buffer *text, const char *name, const char *value)
{
	if (text->len > 0 && text->data[text->len - 1] != '\n')
		buffer_puts(text, "\n");
	buffer_printf(text, "%s=\"%s\"\n", name, value);
}
