/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/config_error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define UNKNOWN_KEY "Unexpected key: "

void config_log(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	char line[512];

	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\n")] = '\0';
	strings_add(ctx, line);
}

/* A logged line without the name of the function it came from. */
static const char *text_of(const char *line)
{
	return strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
}

/* The line in the innermost entry of the backtrace, and the key it names, if any; 0: none. */
static unsigned long innermost(const struct strings *log, char key[128])
{
	key[0] = '\0';
	for (size_t i = 1; i < log->n; i++) {
		const char *place = strstr(log->v[i], "(line: ");

		if (place == NULL)
			continue;
		sscanf(log->v[i], "%*[^']'%127[^']'", key);
		return strtoul(place + strlen("(line: "), NULL, 10);
	}
	return 0;
}

/* The first line at or after the given one that begins with the key. */
static unsigned long find_key(const char *path, const char *key, unsigned long from)
{
	FILE *f = fopen(path, "re");
	AUTO_FREE char *line = NULL;
	unsigned long number = 0, found = from;
	size_t size = 0;

	while (f != NULL && getline(&line, &size, f) > 0) {
		const char *p = line + strspn(line, " -");

		if (++number >= from && strncmp(p, key, strlen(key)) == 0 &&
			p[strlen(key) + strspn(p + strlen(key), " ")] == ':') {
			found = number;
			break;
		}
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/* Where libyaml cannot go on, and why; 0: it can. The reason is the library's own constant. */
static unsigned long find_syntax_error(const char *path, const char **reason)
{
	FILE *f = fopen(path, "re");
	unsigned long line = 0;
	yaml_parser_t parser;
	yaml_event_t event;
	bool end = false;

	if (f == NULL || !yaml_parser_initialize(&parser))
		return 0;
	yaml_parser_set_input_file(&parser, f);
	while (!end && yaml_parser_parse(&parser, &event)) {
		end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	if (!end) {
		/* a text without end is at fault where it begins */
		line = 1 + (strstr(parser.problem, "end of stream") != NULL
					   ? parser.context_mark.line
					   : parser.problem_mark.line);
		*reason = parser.problem;
	}
	yaml_parser_delete(&parser);
	fclose(f);
	return line;
}

int config_error(const char *path, cyaml_err_t code, const struct strings *log, struct error *err)
{
	const char *reason = log->n > 0 ? text_of(log->v[0]) : cyaml_strerror(code);
	char key[128];
	unsigned long line = innermost(log, key);

	if (code == CYAML_ERR_FILE_OPEN)
		return error_errno(err, errno, "cannot read %s", path);
	if (strncmp(reason, UNKNOWN_KEY, strlen(UNKNOWN_KEY)) == 0) {
		const char *unknown = reason + strlen(UNKNOWN_KEY);

		return error_set(err, ERROR_INVALID, "%s:%lu: unknown key '%s'", path,
			find_key(path, unknown, line), unknown);
	}
	if (code == CYAML_ERR_LIBYAML_PARSER) {
		line = find_syntax_error(path, &reason);
		return error_set(err, ERROR_INVALID, "%s:%lu: %s", path, line, reason);
	}
	if (key[0] != '\0')
		return error_set(err, ERROR_INVALID, "%s:%lu: %s: %s", path, line, key, reason);
	return error_set(err, ERROR_INVALID, "%s:%lu: %s", path, line, reason);
}
