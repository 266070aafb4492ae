/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/private.h"
#include "daemon/daemon.h"
#include "host/control_socket.h"
#include "warden/journal.h"

#define CONTROL "control"
#define STATUS	"status"
#define LOCK	"lock"

/* The caller frees both. */
static char *kept_dir(struct daemon *d, const char *id)
{
	return xasprintf("%s/log/%s", storage_directory(d->storage), id);
}

static char *run_dir(struct daemon *d, const char *id)
{
	return xasprintf("%s/container/%s", d->config->run_dir, id);
}

static int open_dir(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The directory that stays with the container, made when missing. */
static int make_kept(struct daemon *d, const char *id, struct error *err)
{
	AUTO_FREE char *all = xasprintf("%s/log", storage_directory(d->storage));
	AUTO_FREE char *path = kept_dir(d, id);
	int dir = open_dir(path);

	if (dir >= 0)
		return dir;
	if (private_directory(all, err) != 0 || private_directory(path, err) != 0)
		return -1;
	dir = open_dir(path);
	return dir >= 0 ? dir : error_errno(err, errno, "cannot open %s", path);
}

static int open_file(
	struct daemon *d, const char *id, const char *name, int flags, struct error *err)
{
	AUTO_CLOSE int dir = make_kept(d, id, err);
	int fd;

	if (dir < 0)
		return -1;
	fd = openat(dir, name, flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, errno, "container %s: cannot open its '%s'", id, name);
	return fd;
}

int run_files_log(struct daemon *d, const char *id, int index, struct error *err)
{
	return open_file(d, id, index == 0 ? "0" : "1", O_RDWR | O_APPEND, err);
}

/* ---- the lock ---- */

int run_files_lock(struct daemon *d, const char *id, struct error *err)
{
	/* not for writing: a warden holds it, and needs no more */
	AUTO_CLOSE int fd = open_file(d, id, LOCK, O_RDONLY, err);

	if (fd < 0)
		return -1;
	if (lock_take(fd, LOCK_EX, LOCK_OF_THE_DEAD) == 0)
		return take_fd(&fd);
	if (errno != EWOULDBLOCK)
		return error_errno(err, errno, "container %s: cannot lock it", id);
	return error_set(err, ERROR_CONFLICT,
		"container %s has a warden that has not ended, and is not launched beside it", id);
}

bool run_files_locked(struct daemon *d, const char *id)
{
	AUTO_FREE char *dir = kept_dir(d, id);
	AUTO_FREE char *path = xasprintf("%s/" LOCK, dir);
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno != ENOENT && errno != ENOTDIR;
	return lock_take(fd, LOCK_SH, 0) != 0;
}

/* ---- a run ---- */

int run_files_make(struct daemon *d, const char *id, int fds[SETUP_FDS], struct error *err)
{
	AUTO_FREE char *all = xasprintf("%s/container", d->config->run_dir);
	AUTO_FREE char *sign = run_dir(d, id);
	AUTO_CLOSE int dir = make_kept(d, id, err);

	if (dir < 0)
		return -1;
	run_files_forget(d, id);
	/* not only the last: somebody may have tidied up */
	if (private_place(d->config->run_dir, err) != 0 || private_directory(all, err) != 0 ||
		private_directory(sign, err) != 0)
		return -1;
	fds[0] = control_bind(dir, CONTROL, err);
	if (fds[0] < 0)
		return error_prefix(err, "container %s", id);
	for (int i = 0; i < 2; i++)
		if ((fds[1 + i] = run_files_log(d, id, i, err)) < 0)
			return -1;
	fds[3] = open_file(d, id, STATUS, O_WRONLY | O_APPEND | O_TRUNC, err);
	return fds[3] < 0 ? -1 : 0;
}

int run_files_connect(struct daemon *d, const char *id, struct error *err)
{
	AUTO_FREE char *kept = kept_dir(d, id), *first = run_dir(d, id);
	const char *const paths[] = {kept, first};
	int fd = -1;

	error_errno(err, ENOENT, "container %s has no warden", id);
	for (size_t i = 0; i < ARRAY_SIZE(paths) && fd < 0 && err->code == ENOENT; i++) {
		AUTO_CLOSE int dir = open_dir(paths[i]);

		if (dir >= 0)
			fd = control_connect(dir, CONTROL, err);
		else if (errno != ENOENT)
			error_errno(err, errno, "cannot open %s", paths[i]);
	}
	return fd;
}

int run_files_end(struct daemon *d, const char *id)
{
	AUTO_FREE char *kept = kept_dir(d, id), *first = run_dir(d, id);
	const char *const paths[] = {kept, first};
	int code = -1;

	for (size_t i = 0; i < ARRAY_SIZE(paths) && code < 0; i++) {
		AUTO_FREE char *path = xasprintf("%s/" STATUS, paths[i]);
		FILE *f = fopen(path, "re");

		if (f == NULL)
			continue;
		code = journal_read_end(f);
		fclose(f);
	}
	return code;
}

/*
 * Removes files from a directory, and it, if that is wanted; -1 with errno. Takes no descriptor: it
 * must succeed.
 */
static int remove_files(const char *path, const char *const names[], size_t n, bool directory)
{
	int failure = 0;

	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *file = xasprintf("%s/%s", path, names[i]);

		if (unlink(file) != 0 && errno != ENOENT)
			failure = errno;
	}
	if (failure == 0 && directory && rmdir(path) != 0 && errno != ENOENT)
		failure = errno;
	errno = failure;
	return failure == 0 ? 0 : -1;
}

void run_files_forget(struct daemon *d, const char *id)
{
	static const char *const names[] = {CONTROL, STATUS};
	AUTO_FREE char *kept = kept_dir(d, id), *first = run_dir(d, id);

	if (remove_files(kept, names, ARRAY_SIZE(names), false) != 0 ||
		remove_files(first, names, ARRAY_SIZE(names), true) != 0)
		log_error("container %s: cannot remove what is left of its run: %s", id,
			strerror(errno));
}

int run_files_remove(struct daemon *d, const char *id, struct error *err)
{
	static const char *const names[] = {CONTROL, STATUS, LOCK, "0", "1"};
	AUTO_FREE char *path = kept_dir(d, id);

	if (remove_files(path, names, ARRAY_SIZE(names), true) != 0)
		return error_errno(err, errno, "cannot remove %s", path);
	return 0;
}
