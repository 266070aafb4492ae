/* SPDX-License-Identifier: BSD-2-Clause */
#include "base_image/freebsd/release.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define SUM_LEN 64

/* The length of a release without "-p<patch level>", which has no files of its own. */
static size_t base_length(const char *release)
{
	const char *patch = strrchr(release, '-');

	if (patch != NULL && patch[1] == 'p' && patch[2] != '\0' &&
		strspn(patch + 2, "0123456789") == strlen(patch + 2))
		return (size_t)(patch - release);
	return strlen(release);
}

static bool starts_with(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

char *release_url(const char *release, const char *machine, const char *arch, struct error *err)
{
	static const char *const released[] = {"RELEASE", "RC", "BETA"};
	static const char *const snapshots[] = {"STABLE", "CURRENT", "PRERELEASE", "ALPHA"};
	const char *branch = strchr(release, '-'), *kind = NULL;

	for (size_t i = 0; branch != NULL && i < ARRAY_SIZE(released); i++)
		kind = starts_with(branch + 1, released[i]) ? "releases" : kind;
	for (size_t i = 0; branch != NULL && i < ARRAY_SIZE(snapshots); i++)
		kind = starts_with(branch + 1, snapshots[i]) ? "snapshots" : kind;
	if (kind == NULL || strchr(release, '/') != NULL || !isdigit((unsigned char)*release)) {
		error_set(err, ERROR_SYSTEM,
			"the running system, '%s', is no release that the FreeBSD project "
			"publishes",
			release);
		return NULL;
	}
	return xasprintf("https://download.freebsd.org/%s/%s/%s/%.*s", kind, machine, arch,
		(int)base_length(release), release);
}

char *release_tag(const char *release)
{
	return xasprintf("FreeBSD-%.*s", (int)base_length(release), release);
}

char *release_checksum(const char *manifest, const char *file)
{
	size_t len = strlen(file);

	for (const char *line = manifest; *line != '\0'; line += *line != '\0') {
		if (strncmp(line, file, len) == 0 && line[len] == '\t') {
			const char *sum = line + len + 1;
			size_t n = strspn(sum, "0123456789abcdefABCDEF");
			return n == SUM_LEN ? xstrndup(sum, n) : NULL;
		}
		line += strcspn(line, "\n");
	}
	return NULL;
}
