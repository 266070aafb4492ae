/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/nullmounts.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/freebsd/mounts.h"
#include "host/freebsd/newmounts.h"
#include "host/inside.h"
#include "host/populate.h"

/*
 * File systems whose files are the kernel's: nullfs would show the host's own, past the rules of
 * the container's devfs.
 */
static const char *const kernels[] = {"devfs", "fdescfs", "procfs", "linprocfs", "linsysfs"};

static bool is_kernels(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
		if (strcmp(type, kernels[i]) == 0)
			return true;
	return false;
}

/* Where a mount comes from. */
struct source {
	char path[PATH_MAX]; /* real */
	bool directory;
};

static int find_source(const struct jail_mount *m, struct source *s, struct error *err)
{
	struct statfs fs;
	struct stat st;

	if (realpath(m->source, s->path) == NULL || stat(s->path, &st) != 0 ||
		statfs(s->path, &fs) != 0)
		return error_errno(err, errno, "cannot mount %s of the host", m->source);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return error_set(err, ERROR_INVALID,
			"cannot mount %s of the host: it is neither a directory nor a regular file",
			m->source);
	if (is_kernels(fs.f_fstypename))
		return error_set(err, ERROR_INVALID,
			"cannot mount %s of the host: it is a file of the kernel's (%s)", m->source,
			fs.f_fstypename);
	s->directory = S_ISDIR(st.st_mode);
	return 0;
}

/*
 * Mounts on name in the directory dir, "." being that itself: so the kernel resolves no path that
 * somebody could have changed.
 */
static int mount_at(
	int dir, const char *name, const char *from, const struct jail_mount *m, struct error *err)
{
	const char *const options[] = {"fstype", "nullfs", "fspath", name, "from", from, NULL};
	int rc;

	if (fchdir(dir) != 0)
		return error_errno(err, errno, "cannot change to its directory");
	rc = mounts_add(options, m->read_only ? MNT_RDONLY : 0, err);
	if (chdir("/") != 0 && rc == 0)
		rc = error_errno(err, errno, "cannot change to /");
	return rc;
}

/*
 * A file has to be named, so its directory must be one that nobody else can change: of the
 * container's own root file system, in which nothing runs yet.
 */
static int mount_file(const struct source *s, const struct inside *where, int root,
	const struct jail_mount *m, struct error *err)
{
	struct stat own, parent;

	if (jail_check_file_mounts(m->source, S_IFREG, err) != 0)
		return -1;
	if (fstat(root, &own) != 0 || fstat(where->parent, &parent) != 0)
		return error_errno(err, errno, "cannot examine its directory");
	if (own.st_dev != parent.st_dev)
		return error_set(err, ERROR_CONFLICT,
			"a file cannot be mounted inside another mount on FreeBSD");
	return mount_at(where->parent, where->name, s->path, m, err);
}

/* Opens what has just been mounted on the directory: fchdir(2), unlike openat(2), goes on to that.
 */
static int open_mounted(int dir)
{
	AUTO_CLOSE int top = -1;

	if (fchdir(dir) != 0)
		return -1;
	top = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return chdir("/") == 0 ? take_fd(&top) : -1;
}

/* Opens the directory that path leads to below dir, following no link; -1 if it does not. */
static int open_below(int dir, const char *path)
{
	AUTO_FREE char *copy = xstrdup(path);
	AUTO_CLOSE int fd = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *rest = copy, *name;

	while (fd >= 0 && (name = strsep(&rest, "/")) != NULL) {
		int next;

		if (*name == '\0')
			continue;
		next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd(&fd);
		fd = next;
	}
	return take_fd(&fd);
}

/*
 * nullfs shows one file system: those mounted below the source, in the list from before, are
 * mounted one by one. What has gone meanwhile is left out; other nullfs mounts show what can be
 * mounted by itself.
 */
static int mount_below(const struct source *s, const struct inside *where,
	const struct jail_mount *m, const struct mount_list *before, struct error *err)
{
	const char *under = strcmp(s->path, "/") == 0 ? "" : s->path;
	AUTO_CLOSE int top = -1;

	for (size_t i = 0; i < before->n; i++) {
		const struct mount_entry *e = &before->v[i];
		AUTO_CLOSE int place = -1;

		if (!path_below(e->on, s->path) || is_kernels(e->type) ||
			strcmp(e->type, "nullfs") == 0)
			continue;
		if (top < 0 && (top = open_mounted(where->fd)) < 0)
			return error_errno(err, errno, "cannot open what was mounted");
		place = open_below(top, e->on + strlen(under) + 1);
		if (place >= 0 && mount_at(place, ".", e->on, m, err) != 0)
			return -1;
	}
	return 0;
}

/* A file system of its own instead of the host's files. */
static int mount_new(const struct jail_mount *m, int root, int ruleset, struct error *err)
{
	AUTO(inside_free) struct inside where = {.fd = -1, .parent = -1};

	if (inside_make(root, m->destination, true, &where, err) != 0)
		return -1;
	return newmount_at(where.fd, m, ruleset, err);
}

static int mount_one(const struct jail_mount *m, int root, struct error *err)
{
	AUTO(inside_free) struct inside where = {.fd = -1, .parent = -1};
	AUTO(mount_list_free) struct mount_list before = {0};
	struct source s;

	if (find_source(m, &s, err) != 0 ||
		inside_make(root, m->destination, s.directory, &where, err) != 0)
		return -1;
	if (!s.directory)
		return mount_file(&s, &where, root, m, err);
	if (mounts_read(&before, err) != 0 || mount_at(where.fd, ".", s.path, m, err) != 0)
		return -1;
	return mount_below(&s, &where, m, &before, err);
}

static int fill(const struct jail_mount *m, int root, struct error *err)
{
	AUTO_CLOSE int volume = -1;
	struct source s;

	if (find_source(m, &s, err) != 0)
		return -1;
	volume = open(s.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (volume < 0)
		return error_errno(err, errno, "cannot open %s", s.path);
	return populate_from(root, m->destination, volume, err);
}

/* Fills volumes, all of them before the first mount, which could hide what the container has. */
static int fill_all(const struct jail_config *config, int root, struct error *err)
{
	for (size_t i = 0; i < config->nmounts; i++)
		if (config->mounts[i].populate && fill(&config->mounts[i], root, err) != 0)
			return error_prefix(err, "mount on %s", config->mounts[i].destination);
	return 0;
}

int nullmounts_make(
	const struct jail_config *config, const char *root, int ruleset, struct error *err)
{
	AUTO_CLOSE int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", root);
	if (fill_all(config, fd, err) != 0)
		return -1;
	for (size_t i = 0; i < config->nmounts; i++) {
		const struct jail_mount *m = &config->mounts[i];

		if ((m->type ? mount_new(m, fd, ruleset, err) : mount_one(m, fd, err)) != 0)
			return error_prefix(err, "mount on %s", m->destination);
	}
	return 0;
}
