/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/ulimit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Reads a limit that ends at stop or with the text; NULL: it is none. */
static const char *read_limit(const char *text, char stop, rlim_t *limit)
{
	char *end;

	if (strncmp(text, "-1", 2) == 0) {
		*limit = RLIM_INFINITY;
		end = (char *)(uintptr_t)(text + 2);
	} else if (strncmp(text, "unlimited", 9) == 0) {
		*limit = RLIM_INFINITY;
		end = (char *)(uintptr_t)(text + 9);
	} else {
		errno = 0;
		*limit = (rlim_t)strtoull(text, &end, 10);
		if (errno != 0 || text[0] < '0' || text[0] > '9')
			return NULL;
	}
	return *end == '\0' || *end == stop ? end : NULL;
}

static const struct ulimit_kind *find_kind(const char *name, size_t len)
{
	for (const struct ulimit_kind *k = ulimit_kinds; k->name != NULL; k++)
		if (strlen(k->name) == len && memcmp(k->name, name, len) == 0)
			return k;
	return NULL;
}

int ulimit_parse(const char *text, struct ulimit *u, struct error *err)
{
	size_t len = strcspn(text, "=");
	const struct ulimit_kind *kind = find_kind(text, len);
	const char *at;

	if (text[len] != '=')
		return error_set(
			err, ERROR_INVALID, "bad ulimit '%s': expected NAME=SOFT[:HARD]", text);
	if (kind == NULL) {
		struct buffer names = {0};

		for (kind = ulimit_kinds; kind->name != NULL; kind++)
			buffer_printf(&names, " %s", kind->name);
		error_set(err, ERROR_INVALID, "bad ulimit '%s': the names here are%s", text,
			names.data);
		buffer_free(&names);
		return -1;
	}
	u->resource = kind->resource;
	at = read_limit(text + len + 1, ':', &u->limit.rlim_cur);
	u->limit.rlim_max = u->limit.rlim_cur;
	if (at != NULL && *at == ':')
		at = read_limit(at + 1, '\0', &u->limit.rlim_max);
	if (at == NULL)
		return error_set(err, ERROR_INVALID,
			"bad ulimit '%s': a limit is a whole number, or -1 for none", text);
	if (u->limit.rlim_cur > u->limit.rlim_max)
		return error_set(err, ERROR_INVALID,
			"bad ulimit '%s': the soft limit is above the hard one", text);
	return 0;
}

int ulimit_set(const char *text, struct error *err)
{
	struct ulimit u;

	if (ulimit_parse(text, &u, err) != 0)
		return -1;
	if (setrlimit(u.resource, &u.limit) != 0)
		return error_errno(err, errno, "cannot set the ulimit %s", text);
	return 0;
}
