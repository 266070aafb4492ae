/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/closing.h"

#include <jansson.h>
#include <string.h>

#include "klee/command.h"

static char *field(const json_t *json, const char *name)
{
	const char *value = json_string_value(json_object_get(json, name));

	return xstrdup(value != NULL ? value : "");
}

void closing_parse(struct closing *c, int code, const char *reason, size_t len)
{
	json_error_t where;
	json_t *json = json_loadb(reason, len, 0, &where);

	c->code = code;
	c->message = json_is_object(json) ? field(json, "message") : xstrndup(reason, len);
	c->data = field(json, "data");
	json_decref(json);
}

void closing_free(struct closing *c)
{
	free(c->message);
	free(c->data);
	*c = (struct closing){0};
}

int closing_exit_code(const struct closing *c)
{
	static const char before[] = " with exit-code ";
	const char *p = strstr(c->message, before);
	char *end;
	long code;

	if (p == NULL)
		return -1;
	p += sizeof(before) - 1;
	code = strtol(p, &end, 10);
	if (end == p || *end != '\0' || *p < '0' || *p > '9' || code > 255)
		return -1;
	return (int)code;
}

int closing_check(const struct closing *c, const char *host, struct error *err)
{
	if (c->code == CLOSE_DONE || c->code == CLOSE_DETACHED)
		return 0;
	if (c->code == 0 && *c->message == '\0')
		return error_set(
			err, ERROR_SYSTEM, "the connection to kleened at %s was lost", host);
	if (c->code == 0)
		return error_set(err, ERROR_UNAVAILABLE, "cannot connect to kleened at %s: %s",
			host, c->message);
	if (*c->message != '\0')
		error_set(err, ERROR_SYSTEM, "%s", c->message);
	else
		error_set(err, ERROR_SYSTEM, "kleened at %s closed the stream with code %d", host,
			c->code);
	if (strcmp(c->data, "126") == 0)
		err->code = EXIT_CANNOT_EXECUTE;
	else if (strcmp(c->data, "127") == 0)
		err->code = EXIT_NO_COMMAND;
	else
		err->code = 500;
	return -1;
}
