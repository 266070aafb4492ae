/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying what files carry beyond POSIX.1: host/file.h. */
#include <errno.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/file.h"
#include "host/linux/file_copy.h"

#define LIST_MAX  65536 /* XATTR_LIST_MAX of <linux/limits.h> */
#define VALUE_MAX 65536 /* XATTR_SIZE_MAX */

static bool starts_with(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

/* The others are the kernel's own or overlayfs's; access control lists are attributes too. */
bool file_copies_xattr(const char *name)
{
	if (starts_with(name, "user."))
		return !starts_with(name, "user.overlay.");
	return strcmp(name, "security.capability") == 0 ||
	       strcmp(name, "system.posix_acl_access") == 0 ||
	       strcmp(name, "system.posix_acl_default") == 0;
}

static int copy_one(int from, int to, const char *name, char *value)
{
	ssize_t n = fgetxattr(from, name, value, VALUE_MAX);

	if (n < 0) /* gone, or never meant to be read */
		return errno == ENODATA || errno == ENOTSUP ? 0 : -1;
	if (fsetxattr(to, name, value, (size_t)n, 0) == 0 || errno == ENOTSUP)
		return 0;
	return -1;
}

int file_copy_attributes(int from, int to)
{
	AUTO_FREE char *names = xmalloc(LIST_MAX);
	AUTO_FREE char *value = NULL;
	ssize_t n = flistxattr(from, names, LIST_MAX);

	if (n < 0)
		return errno == ENOTSUP ? 0 : -1;
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		if (!file_copies_xattr(name))
			continue;
		if (value == NULL)
			value = xmalloc(VALUE_MAX);
		if (copy_one(from, to, name, value) != 0)
			return -1;
	}
	return 0;
}

int file_sync_all(int fd)
{
	return syncfs(fd);
}
