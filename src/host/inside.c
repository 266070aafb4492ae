/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define LINKS_MAX 40 /* symbolic links on one way, as in Linux */
#define DEPTH_MAX 256 /* directories below each other: a descriptor each */
#define TRIES_MAX 16 /* to open what was just made, while somebody else removes it */

struct walk {
	struct level {
		int fd;
		char *name;
	} levels[DEPTH_MAX + 1]; /* from the root on; ".." goes back to one of them */
	size_t depth; /* index of the last */
	char *rest; /* what is still to be walked */
	unsigned int links;
	const char *path; /* for errors */
	bool directory;
	bool mount; /* something is to be mounted there, so it is not the root directory */
	bool make; /* what is missing */
	bool within; /* the root is no root directory: leading out of it is an error */
	bool any; /* what it leads to may be of any type */
};

static int top(const struct walk *w)
{
	return w->levels[w->depth].fd;
}

static void go_to(struct walk *w, size_t depth)
{
	for (; w->depth > depth; w->depth--) {
		close_fd(&w->levels[w->depth].fd);
		free(w->levels[w->depth].name);
	}
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFREG:
		return "a file";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFLNK:
		return "a symbolic link";
	default:
		return "a device";
	}
}

/* True if nothing but slashes is left to be walked. */
static bool is_last(const char *rest)
{
	return rest[strspn(rest, "/")] == '\0';
}

/* Makes what is missing; somebody else may be first. */
static int make(struct walk *w, const char *name, bool directory, struct error *err)
{
	int rc;

	if (directory) {
		rc = mkdirat(top(w), name, 0755);
	} else {
		rc = openat(
			top(w), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (rc >= 0)
			rc = close(rc);
	}
	if (rc != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make '%s' for %s", name, w->path);
	return 0;
}

/* Opens what the name stands for in the directory that was reached, a symbolic link as itself. */
static int open_component(struct walk *w, const char *name, bool last, struct error *err)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		int fd = openat(top(w), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		if (errno == ENOENT && !w->make)
			return strcmp(name, w->path) == 0
				       ? error_set(err, ERROR_NOT_FOUND, "%s: %s", name,
						 strerror(ENOENT))
				       : error_set(err, ERROR_NOT_FOUND, "%s: there is no '%s'",
						 w->path, name);
		if (errno != ENOENT)
			break;
		if (make(w, name, w->directory || !last, err) != 0)
			return -1;
	}
	return error_errno(err, errno, "cannot open '%s' of %s", name, w->path);
}

/* The link's target takes the place of its name. */
static int follow(struct walk *w, const char *name, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(top(w), name, target, sizeof(target) - 1);
	char *rest;

	if (n <= 0)
		return error_errno(err, n < 0 ? errno : ENOENT,
			"cannot read the symbolic link '%s' of %s", name, w->path);
	target[n] = '\0';
	if (++w->links > LINKS_MAX)
		return error_errno(err, ELOOP, "cannot follow '%s' of %s", name, w->path);
	rest = xasprintf("%s/%s", target, w->rest);
	/* only as its last component may a path name a file that is to be made */
	if (is_last(w->rest))
		rest[n] = '\0';
	free(w->rest);
	w->rest = rest;
	if (target[0] == '/' && w->within)
		return error_set(err, ERROR_CONFLICT,
			"the symbolic link '%s' of %s leads out of the directory", name, w->path);
	if (target[0] == '/')
		go_to(w, 0);
	return 0;
}

static int enter(struct walk *w, const char *name, bool last, struct error *err)
{
	AUTO_CLOSE int fd = open_component(w, name, last, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0)
		return error_errno(err, errno, "cannot examine '%s' of %s", name, w->path);
	if (S_ISLNK(st.st_mode))
		return follow(w, name, err);
	if ((!last || (!w->mount && !w->any)) && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_CONFLICT, "'%s' of %s is %s and not a directory", name,
			w->path, type_name(st.st_mode));
	if (last && w->mount && (w->directory ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode)))
		return error_set(err, ERROR_CONFLICT, "'%s' of %s is %s, but %s is to be mounted",
			name, w->path, type_name(st.st_mode),
			w->directory ? "a directory" : "a file");
	if (w->depth == DEPTH_MAX)
		return error_set(err, ERROR_CONFLICT, "%s leads through more than %d directories",
			w->path, DEPTH_MAX);
	w->levels[++w->depth] = (struct level){.fd = take_fd(&fd), .name = xstrdup(name)};
	return 0;
}

/* Takes one component off what is to be walked. 1: done; 0: at the end; -1: an error. */
static int step(struct walk *w, struct error *err)
{
	const char *at = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(at, "/");
	char name[NAME_MAX + 1];

	if (len == 0)
		return 0;
	if (len > NAME_MAX)
		return error_errno(err, ENAMETOOLONG, "cannot open a component of %s", w->path);
	memcpy(name, at, len);
	name[len] = '\0';
	memmove(w->rest, at + len, strlen(at + len) + 1);
	if (strcmp(name, ".") == 0)
		return 1;
	if (strcmp(name, "..") == 0) {
		if (w->depth == 0 && w->within)
			return error_set(
				err, ERROR_CONFLICT, "%s leads out of the directory", w->path);
		go_to(w, w->depth > 0 ? w->depth - 1 : 0);
		return 1;
	}
	return enter(w, name, is_last(w->rest), err) != 0 ? -1 : 1;
}

/* Hands out what the walk came to. */
static int take(struct walk *w, struct inside *where, struct error *err)
{
	where->fd = take_fd(&w->levels[w->depth].fd);
	where->name[0] = '\0';
	if (w->depth == 0)
		return 0;
	where->parent = fcntl(w->levels[w->depth - 1].fd, F_DUPFD_CLOEXEC, 0);
	strncpy(where->name, w->levels[w->depth].name, NAME_MAX);
	if (where->parent < 0)
		return error_errno(err, errno, "cannot open the directory of %s", w->path);
	return 0;
}

/* Whether something can be mounted on what the walk came to. */
static int check_mount(struct walk *w, struct error *err)
{
	struct stat st;

	if (w->depth == 0)
		return error_set(err, ERROR_CONFLICT,
			"%s is the container's root directory, on which nothing can be mounted",
			w->path);
	/* a path that ends in ".." */
	if (fstat(top(w), &st) != 0 || S_ISDIR(st.st_mode) != w->directory)
		return error_set(err, ERROR_CONFLICT,
			"%s is a directory, but a file is to be mounted", w->path);
	return 0;
}

/* Walks all of the path. */
static int walk(struct walk *w, int root, struct error *err)
{
	int rc = 1;

	w->levels[0].fd = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top(w) < 0)
		rc = error_errno(err, errno, "cannot open the root of %s", w->path);
	while (rc > 0)
		rc = step(w, err);
	return rc;
}

static void walk_free(struct walk *w)
{
	go_to(w, 0);
	close_fd(&w->levels[0].fd);
	free(w->rest);
}

int inside_make(int root, const char *path, bool directory, struct inside *where, struct error *err)
{
	struct walk w = {.path = path,
		.rest = xstrdup(path),
		.directory = directory,
		.mount = true,
		.make = true};
	int rc;

	*where = (struct inside){.fd = -1, .parent = -1};
	rc = walk(&w, root, err);
	if (rc == 0)
		rc = check_mount(&w, err);
	if (rc == 0)
		rc = take(&w, where, err);
	walk_free(&w);
	if (rc != 0)
		inside_free(where);
	return rc;
}

static int find(int root, const char *path, bool within, struct inside *where, struct error *err)
{
	struct walk w = {.path = path, .rest = xstrdup(path), .within = within, .any = true};
	int rc;

	*where = (struct inside){.fd = -1, .parent = -1};
	rc = walk(&w, root, err);
	if (rc == 0)
		rc = take(&w, where, err);
	walk_free(&w);
	if (rc != 0)
		inside_free(where);
	return rc;
}

int inside_find(int directory, const char *path, struct inside *where, struct error *err)
{
	return find(directory, path, true, where, err);
}

int inside_open_file(int root, const char *path, bool within, struct error *err)
{
	AUTO(inside_free) struct inside where = {.fd = -1, .parent = -1};
	AUTO_CLOSE int fd = -1;
	struct stat found, opened;

	if (find(root, path, within, &where, err) != 0)
		return -1;
	if (fstat(where.fd, &found) != 0)
		return error_errno(err, errno, "cannot examine %s", path);
	if (!S_ISREG(found.st_mode))
		return error_set(err, ERROR_CONFLICT, "%s is %s and not a file", path,
			type_name(found.st_mode));
	/* O_NONBLOCK: by now the name may be a FIFO's */
	fd = openat(where.parent, where.name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &opened) != 0)
		return error_errno(err, errno, "cannot open %s", path);
	if (opened.st_dev != found.st_dev || opened.st_ino != found.st_ino)
		return error_set(err, ERROR_CONFLICT, "%s is being changed", path);
	return take_fd(&fd);
}

int inside_own_directory(int directory, const char *name, struct error *err)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(directory, name, flags), errnum;
	struct stat st;

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(directory, name, 0755) != 0 && errno != EEXIST)
			return error_errno(err, errno, "cannot make /%s in the container", name);
		fd = openat(directory, name, flags);
	}
	if (fd >= 0)
		return fd;
	errnum = errno;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_CONFLICT,
			"/%s of the container is %s and not a directory", name,
			type_name(st.st_mode));
	return error_errno(err, errnum, "cannot open /%s of the container", name);
}

int inside_directory(int root, const char *path, bool make, struct error *err)
{
	struct walk w = {.path = path, .rest = xstrdup(path), .directory = true, .make = make};
	int fd = walk(&w, root, err);

	if (fd == 0)
		fd = take_fd(&w.levels[w.depth].fd);
	walk_free(&w);
	return fd;
}

void inside_free(struct inside *where)
{
	close_fd(&where->fd);
	close_fd(&where->parent);
}
