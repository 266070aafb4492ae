/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/populate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/file.h"
#include "host/file_contents.h"
#include "host/hardlinks.h"
#include "host/inside.h"

#define OPEN_DIR  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define DEPTH_MAX 200 /* directories below each other: two descriptors each */

/* A file bears this name until it is whole. */
static const char temporary[] = ".kleene-populating";

struct copy {
	int to; /* the volume */
	dev_t dev; /* of the directory that is copied: what is mounted below is not */
	struct hardlinks links;
	struct buffer path; /* of the entry under way, relative to both */
	bool any; /* something was copied */
	struct error *err;
};

static int failed(struct copy *c, const char *what)
{
	return error_errno(c->err, errno, "cannot %s '%s' for the volume", what, c->path.data);
}

/* ---- attributes ---- */

/* chown(2) takes away set-user-id bits and capabilities, so it comes first; the times come last. */
static int copy_attributes(struct copy *c, int from, int to, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchown(to, st->st_uid, st->st_gid) != 0)
		return failed(c, "set the owner of");
	if (fchmod(to, st->st_mode & 07777) != 0)
		return failed(c, "set the mode of");
	if (file_copy_attributes(from, to) != 0)
		return failed(c, "set the extended attributes of");
	(void)futimens(to, times); /* the file system may not have such a time */
	return 0;
}

/* Of what cannot be opened: links and FIFOs. */
static int own(struct copy *c, int to, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchownat(to, temporary, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) != 0)
		return failed(c, "set the owner of");
	(void)utimensat(to, temporary, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

/* ---- files ---- */

static int make_file(struct copy *c, int from, const char *name, int to)
{
	/* it may have become a FIFO since it was looked at */
	AUTO_CLOSE int in =
		openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (in < 0 || fstat(in, &st) != 0)
		return failed(c, "open");
	if (!S_ISREG(st.st_mode))
		return error_set(c->err, ERROR_CONFLICT,
			"cannot copy '%s' for the volume: it is no file any more", c->path.data);
	AUTO_CLOSE int out =
		openat(to, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return failed(c, "make");
	if (file_copy_contents(in, out, st.st_size) != 0)
		return failed(c, "copy");
	return copy_attributes(c, in, out, &st);
}

static int make_link(struct copy *c, int from, const char *name, int to, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return failed(c, "read");
	target[n] = '\0';
	if (symlinkat(target, to, temporary) != 0)
		return failed(c, "make");
	return own(c, to, st);
}

static int make_fifo(struct copy *c, int to, const struct stat *st)
{
	mode_t mask = umask(0); /* fchmodat(2) would follow a link that takes its place */
	int rc = mkfifoat(to, temporary, st->st_mode & 0777);

	umask(mask);
	return rc != 0 ? failed(c, "make") : own(c, to, st);
}

/* Gives the finished file its name, unless somebody else was first. */
static int settle(struct copy *c, int to, const char *name)
{
	if (linkat(to, temporary, to, name, 0) != 0 && errno != EEXIST)
		return failed(c, "make");
	if (unlinkat(to, temporary, 0) != 0)
		return failed(c, "make");
	c->any = true;
	return 0;
}

/* ---- hard links ---- */

/* Opens the directory of path in the volume; *name is its last component. */
static int open_parent(const struct copy *c, const char *path, const char **name)
{
	AUTO_CLOSE int fd = openat(c->to, ".", OPEN_DIR);
	const char *slash;

	while (fd >= 0 && (slash = strchr(path, '/')) != NULL) {
		AUTO_FREE char *component = xstrndup(path, (size_t)(slash - path));
		int next = openat(fd, component, OPEN_DIR);

		close_fd(&fd);
		fd = next;
		path = slash + 1;
	}
	*name = path;
	return take_fd(&fd);
}

/* Makes the entry another name of one that was copied before. False: there is none (any more). */
static bool link_again(struct copy *c, int to, const char *name, const struct stat *st)
{
	const char *path, *last;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return false;
	path = hardlinks_find(&c->links, st);
	if (path == NULL) {
		hardlinks_add(&c->links, st, c->path.data);
		return false;
	}
	AUTO_CLOSE int parent = open_parent(c, path, &last);
	if (parent < 0 || (linkat(parent, last, to, name, 0) != 0 && errno != EEXIST))
		return false;
	c->any = true;
	return true;
}

/* ---- directories ---- */

static int copy_directory(struct copy *c, int from, int to, unsigned int depth);

/* A directory that is in both goes on being filled; anything else of its name stays. */
static int copy_subdirectory(struct copy *c, int from, const char *name, int to, unsigned int depth)
{
	AUTO_CLOSE int in = openat(from, name, OPEN_DIR);
	AUTO_CLOSE int out = -1;
	struct stat st;

	if (in < 0 || fstat(in, &st) != 0)
		return failed(c, "open");
	if (depth == DEPTH_MAX)
		return error_set(c->err, ERROR_CONFLICT,
			"cannot copy to the volume: more than %u directories below each other",
			DEPTH_MAX);
	if (mkdirat(to, name, 0700) != 0 && errno != EEXIST)
		return failed(c, "make");
	out = openat(to, name, OPEN_DIR);
	if (out < 0 && (errno == ENOTDIR || errno == ELOOP || errno == EMLINK))
		return 0;
	if (out < 0)
		return failed(c, "open");
	c->any = true;
	if (st.st_dev == c->dev && copy_directory(c, in, out, depth + 1) != 0)
		return -1;
	return copy_attributes(c, in, out, &st);
}

static bool is_there(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int copy_entry(struct copy *c, int from, const char *name, int to, unsigned int depth)
{
	struct stat st;
	int rc;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return failed(c, "examine");
	if (S_ISDIR(st.st_mode))
		return copy_subdirectory(c, from, name, to, depth);
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode) && !S_ISFIFO(st.st_mode))
		return 0;
	if (link_again(c, to, name, &st) || is_there(to, name))
		return 0;
	if (S_ISREG(st.st_mode))
		rc = make_file(c, from, name, to);
	else if (S_ISLNK(st.st_mode))
		rc = make_link(c, from, name, to, &st);
	else
		rc = make_fifo(c, to, &st);
	return rc != 0 ? -1 : settle(c, to, name);
}

static int copy_directory(struct copy *c, int from, int to, unsigned int depth)
{
	int fd = openat(from, ".", OPEN_DIR), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t len = c->path.len;
	const struct dirent *entry;

	if (dir == NULL) {
		rc = failed(c, "read");
		close_fd(&fd);
		return rc;
	}
	unlinkat(to, temporary, 0); /* of a copy that was interrupted */
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		buffer_printf(&c->path, "%s%s", len > 0 ? "/" : "", entry->d_name);
		rc = copy_entry(c, from, entry->d_name, to, depth);
		c->path.len = len;
		c->path.data[len] = '\0';
	}
	closedir(dir);
	return rc;
}

/* As it was made: nobody has given it an owner or a mode. */
static bool is_untouched(const struct stat *st)
{
	return st->st_uid == 0 && st->st_gid == 0 && (st->st_mode & 07777) == 0755;
}

static int copy_all(struct copy *c, int from, int to)
{
	struct stat source, target;

	if (fstat(from, &source) != 0 || fstat(to, &target) != 0)
		return failed(c, "examine");
	c->dev = source.st_dev;
	if (copy_directory(c, from, to, 0) != 0)
		return -1;
	if (is_untouched(&target) && copy_attributes(c, from, to, &source) != 0)
		return -1;
	if (c->any && file_sync_all(to) != 0)
		return failed(c, "write to disk");
	return 0;
}

int populate(int from, int to, struct error *err)
{
	AUTO_CLOSE int source = openat(from, ".", OPEN_DIR);
	AUTO_CLOSE int target = openat(to, ".", OPEN_DIR);
	struct copy c = {.to = target, .err = err};
	int rc;

	if (source < 0 || target < 0)
		return error_errno(err, errno, "cannot open the volume or what it is filled from");
	buffer_puts(&c.path, "");
	rc = copy_all(&c, source, target);
	hardlinks_free(&c.links);
	buffer_free(&c.path);
	return rc;
}

int populate_from(int root, const char *path, int to, struct error *err)
{
	AUTO_CLOSE int from = inside_directory(root, path, false, err);
	struct stat own, found;

	if (from < 0)
		return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_CONFLICT ? 0 : -1;
	if (fstat(root, &own) != 0 || fstat(from, &found) != 0)
		return error_errno(err, errno, "cannot examine what the volume is filled from");
	return own.st_dev == found.st_dev ? populate(from, to, err) : 0;
}
