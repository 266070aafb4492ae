/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting them: sysctls.h. */
#include "host/linux/sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int set_one(const char *text, int proc, struct error *err)
{
	const char *equals = strchr(text, '='), *value = equals + 1;
	AUTO_FREE char *path = xasprintf("sys/%.*s", (int)(equals - text), text);
	AUTO_CLOSE int fd = -1;

	for (char *p = path; *p != '\0'; p++)
		if (*p == '.')
			*p = '/';
	fd = openat(proc, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		return error_errno(err, errno, "cannot set the sysctl %s", text);
	return 0;
}

int sysctls_set(const struct strings *sysctls, int proc, struct error *err)
{
	for (size_t i = 0; i < sysctls->n; i++)
		if (set_one(sysctls->v[i], proc, err) != 0)
			return -1;
	return 0;
}
