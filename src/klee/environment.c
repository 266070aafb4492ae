/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/environment.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text_mark.h"

/* Any name without '=' that is not empty and has no blanks: more than a shell takes. */
static bool is_name(const char *entry, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (isspace((unsigned char)entry[i]) || iscntrl((unsigned char)entry[i]))
			return false;
	return len > 0;
}

/* Adds NAME=VALUE, or NAME with its value in klee's environment. False: there is no name. */
static bool add(struct strings *env, const char *entry)
{
	size_t len = strcspn(entry, "=");
	const char *value;

	if (!is_name(entry, len))
		return false;
	if (entry[len] == '=') {
		strings_setenv(env, entry);
		return true;
	}
	value = getenv(entry);
	if (value != NULL) {
		AUTO_FREE char *whole = xasprintf("%s=%s", entry, value);

		strings_setenv(env, whole);
	}
	return true;
}

/* A line as an editor may have left it: with CR LF, blanks in front, or a mark in the first one. */
static int add_line(struct strings *env, const char *path, unsigned int number, char *line,
	size_t len, struct error *err)
{
	if (line[len - 1] == '\n')
		line[--len] = '\0';
	if (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	if (strlen(line) != len)
		return error_set(
			err, ERROR_INVALID, "%s:%u: the line has a NUL byte", path, number);
	if (number == 1)
		line += text_mark(line, len);
	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#' || add(env, line))
		return 0;
	return error_set(err, ERROR_INVALID, "%s:%u: '%s' is not NAME=VALUE", path, number, line);
}

static int read_file(const char *path, struct strings *env, struct error *err)
{
	FILE *f = fopen(path, "re");
	AUTO_FREE char *line = NULL;
	size_t size = 0;
	unsigned int number = 0;
	int rc = 0;
	ssize_t n;

	if (f == NULL)
		return error_errno(err, errno, "--env-file: cannot read '%s'", path);
	errno = 0;
	while (rc == 0 && (n = getline(&line, &size, f)) > 0) {
		rc = add_line(env, path, ++number, line, (size_t)n, err);
	}
	if (rc == 0 && ferror(f))
		rc = error_errno(err, errno, "--env-file: cannot read '%s'", path);
	fclose(f);
	return rc;
}

int environment(const struct args *args, bool files, struct strings *env, struct error *err)
{
	struct strings given = {0}, paths = {0};
	int rc = 0;

	args_list(args, "env", &given);
	if (files)
		args_list(args, "env-file", &paths);
	for (size_t i = 0; i < paths.n && rc == 0; i++)
		rc = read_file(paths.v[i], env, err);
	for (size_t i = 0; i < given.n && rc == 0; i++)
		if (!add(env, given.v[i]))
			rc = error_set(
				err, ERROR_INVALID, "--env: '%s' is not NAME=VALUE", given.v[i]);
	for (size_t i = 0; i < env->n && rc == 0; i++)
		if (!text_is_utf8(env->v[i]))
			rc = error_set(err, ERROR_INVALID,
				"environment variable '%.*s' is not UTF-8",
				(int)strcspn(env->v[i], "="), env->v[i]);
	strings_free(&given);
	strings_free(&paths);
	return rc;
}
