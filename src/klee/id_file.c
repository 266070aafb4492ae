/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/id_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

int id_file_make(const char *path, int *fd, struct error *err)
{
	*fd = -1;
	if (path == NULL)
		return 0;
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0644);
	return *fd >= 0 ? 0 : error_errno(err, errno, "--cidfile: cannot make '%s'", path);
}

int id_file_finish(const char *path, int *fd, const char *id, struct error *err)
{
	AUTO_CLOSE int file = take_fd(fd);

	if (file < 0)
		return 0;
	if (id == NULL)
		return unlink(path);
	if (write(file, id, strlen(id)) != (ssize_t)strlen(id))
		return error_errno(err, errno, "--cidfile: cannot write '%s'", path);
	return 0;
}
