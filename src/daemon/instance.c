/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/mem.h"
#include "base/private.h"

#define LOCKS "/var/run" /* where every daemon of the host looks, whatever its configuration */

static int claim_directory(const char *path, struct error *err)
{
	AUTO_CLOSE int fd = -1;

	if (private_place(path, err) != 0)
		return error_prefix(err, "run_dir");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "run_dir: cannot open %s", path);
	if (lock_take(fd, LOCK_EX, LOCK_OF_THE_DEAD) == 0)
		return take_fd(&fd);
	if (errno == EWOULDBLOCK)
		return error_set(err, ERROR_SYSTEM,
			"run_dir: another kleened uses %s; only when it has been stopped another "
			"can",
			path);
	return error_errno(err, errno, "run_dir: cannot lock %s", path);
}

/* Whether the file is still the one of that name: a daemon that ends removes its own. */
static bool is_there(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && lstat(path, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

static int claim_name(const char *path, const char *name, struct error *err)
{
	for (;;) {
		AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0)
			return error_errno(err, errno, "instance: cannot open %s", path);
		if (lock_take(fd, LOCK_EX, LOCK_OF_THE_DEAD) != 0)
			return errno == EWOULDBLOCK
				       ? error_set(err, ERROR_SYSTEM,
						 "instance: another kleened has the name '%s' "
						 "already",
						 name)
				       : error_errno(err, errno, "instance: cannot lock %s", path);
		if (is_there(fd, path))
			return take_fd(&fd);
	}
}

int instance_claim(struct instance *i, const char *run_dir, const char *name, struct error *err)
{
	*i = (struct instance){.run_dir = claim_directory(run_dir, err), .name = -1};
	if (i->run_dir < 0)
		return -1;
	i->path = xasprintf("%s/kleened-%s.lock", LOCKS, name);
	i->name = claim_name(i->path, name, err);
	return i->name < 0 ? -1 : 0;
}

void instance_release(struct instance *i)
{
	if (i->name >= 0)
		unlink(i->path);
	close_fd(&i->name);
	close_fd(&i->run_dir);
	free(i->path);
}
