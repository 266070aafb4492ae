/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's settings, below /proc/sys: proc(5). */
#include "host/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

int setting_read(const char *name, char value[SETTING_VALUE_MAX], struct error *err)
{
	AUTO_FREE char *path = xasprintf("/proc/sys/%s", name);
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, value, SETTING_VALUE_MAX - 1);

	if (n < 0) {
		error_errno(err, errno, "cannot read %s", path);
		if (err->code == ENOENT)
			err->kind = ERROR_NOT_FOUND;
		return -1;
	}
	value[n] = '\0';
	value[strcspn(value, "\n\t ")] = '\0';
	return 0;
}

int setting_write(const char *name, const char *value, struct error *err)
{
	AUTO_FREE char *path = xasprintf("/proc/sys/%s", name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return error_errno(err, errno, "cannot write %s to %s", value, path);
	return 0;
}
