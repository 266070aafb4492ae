/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/overlay_check.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

int overlay_check_writable(const char *root, const char *upper, struct error *err)
{
	struct statvfs fs, below;
	const char *reason = "the kernel's log says why";

	if (statvfs(root, &fs) != 0 || statvfs(upper, &below) != 0)
		return error_errno(err, errno, "cannot look at the overlay's file systems");
	if (!(fs.f_flag & ST_RDONLY))
		return 0;
	if (below.f_flag & ST_RDONLY)
		reason = strerror(EROFS);
	else if (below.f_bavail == 0 || below.f_favail == 0)
		reason = strerror(ENOSPC);
	return error_set(
		err, ERROR_SYSTEM, "the overlay could be mounted read-only alone: %s", reason);
}
