/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/devices.h"

#include <string.h>
#include <sys/stat.h>

#define DEVICES_MAX 64
#define PATH_LIMIT  1024 /* bytes, with the NUL, as of mounts */

/* Takes a list's entry apart; *access: what stands behind the paths, part of the text or NULL. */
static struct jail_mount split(const char *text, const char **access)
{
	const char *colon = strchr(text, ':'), *second = colon ? strchr(colon + 1, ':') : NULL;
	struct jail_mount m = {.device = true};

	m.source = colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	if (colon == NULL || (second == NULL && colon[1] != '/')) { /* "/dev/x:rw" */
		m.destination = xstrdup(m.source);
		*access = colon ? colon + 1 : NULL;
	} else {
		m.destination = second ? xstrndup(colon + 1, (size_t)(second - colon - 1))
				       : xstrdup(colon + 1);
		*access = second ? second + 1 : NULL;
	}
	return m;
}

static bool is_plain(const char *path)
{
	size_t len = strlen(path);

	return path[0] == '/' && len < PATH_LIMIT && strstr(path, "/../") == NULL &&
	       (len < 3 || strcmp(path + len - 3, "/..") != 0);
}

static int check_one(
	const char *text, const struct jail_mount *m, const char *access, struct error *err)
{
	struct stat st;

	if (!is_plain(m->source) || !is_plain(m->destination))
		return error_set(err, ERROR_INVALID,
			"bad device '%s': expected SOURCE[:DESTINATION[:rwm]], absolute paths",
			text);
	if (access != NULL && strcmp(access, "rwm") != 0 && strcmp(access, "rw") != 0)
		return error_set(err, ERROR_INVALID,
			"bad device '%s': it is given for reading and writing, 'rwm' or 'rw', or "
			"not at all",
			text);
	if (stat(m->source, &st) != 0)
		return error_set(err, ERROR_NOT_FOUND, "the host has no device %s", m->source);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return error_set(
			err, ERROR_INVALID, "bad device '%s': %s is no device", text, m->source);
	return jail_check_device(m->source, err);
}

static void mount_free(struct jail_mount *m)
{
	free(m->source);
	free(m->destination);
}

int devices_check(const json_t *devices, struct error *err)
{
	if (json_array_size(devices) > DEVICES_MAX)
		return error_set(err, ERROR_INVALID, "more than %d devices", DEVICES_MAX);
	for (size_t i = 0; i < json_array_size(devices); i++) {
		const char *text = json_string_value(json_array_get(devices, i)), *access;
		struct jail_mount m = split(text, &access);
		int result = check_one(text, &m, access, err);

		mount_free(&m);
		if (result != 0)
			return -1;
	}
	return 0;
}

void devices_add(const json_t *devices, struct jail_config *jail)
{
	size_t n = json_array_size(devices);
	const char *access;

	if (n == 0)
		return;
	jail->mounts = xrealloc(jail->mounts, (jail->nmounts + n) * sizeof(*jail->mounts));
	for (size_t i = 0; i < n; i++)
		jail->mounts[jail->nmounts++] =
			split(json_string_value(json_array_get(devices, i)), &access);
}
