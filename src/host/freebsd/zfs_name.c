/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/zfs_name.h"

#include <string.h>

#define SNAPSHOT_ROOM 24 /* "@kleene-" and an id */

static const char name_bytes[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.: ";

bool zfs_name_valid(const char *name)
{
	const char *part = name;

	if (strlen(name) > ZFS_NAME_MAX - SNAPSHOT_ROOM || *name == '-')
		return false;
	for (;;) {
		size_t len = strspn(part, name_bytes);

		if (len == 0 || (len == 1 && part[0] == '.') ||
			(len == 2 && strncmp(part, "..", 2) == 0))
			return false;
		if (part[len] == '\0')
			return true;
		if (part[len] != '/')
			return false;
		part += len + 1;
	}
}

bool zfs_name_same_pool(const char *a, const char *b)
{
	size_t len = strcspn(a, "/@");

	return len == strcspn(b, "/@") && strncmp(a, b, len) == 0;
}
