/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/context.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "host/inside.h"

#define OPEN_DIR   (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define OPEN_FILE  (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define IGNORE_MAX (1u << 20) /* bytes of .dockerignore */

int context_open(struct context *c, const char *path, struct error *err)
{
	AUTO(buffer_free) struct buffer rules = {0};
	struct stat st;

	*c = (struct context){.fd = -1};
	if (path[0] != '/')
		return error_set(err, ERROR_CONFLICT,
			"the context must be an absolute path, and '%s' is none", path);
	c->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->fd < 0)
		return error_errno(err, errno, "cannot open the context %s", path);
	if (fstatat(c->fd, ".dockerignore", &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	buffer_puts(&rules, "");
	if (context_read(c, ".dockerignore", IGNORE_MAX, &rules, err) != 0)
		return -1;
	ignore_parse(rules.data, &c->ignore);
	return 0;
}

void context_close(struct context *c)
{
	close_fd(&c->fd);
	ignore_free(&c->ignore);
}

/* Whether the path itself says that it leads out of the context. */
static bool names_outside(const char *path)
{
	return path[0] == '/' || (strncmp(path, "..", 2) == 0 && (path[2] == '/' || !path[2]));
}

/*
 * A file that who builds has named outside of the context is opened as its word; but where a link
 * in the context leads is the word of whoever made the context.
 */
static int open_file(const struct context *c, const char *path, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (!names_outside(path))
		return inside_open_file(c->fd, path, true, err);
	fd = openat(c->fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return error_errno(err, errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_CONFLICT, "%s is not a file", path);
	return take_fd(&fd);
}

int context_read(
	const struct context *c, const char *path, size_t max, struct buffer *to, struct error *err)
{
	AUTO_CLOSE int fd = open_file(c, path, err);
	char piece[16384];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0 && to->len <= max)
		buffer_add(to, piece, (size_t)n);
	if (n < 0)
		return error_errno(err, errno, "cannot read %s", path);
	if (to->len > max)
		return error_set(err, ERROR_CONFLICT, "%s has more than %zu bytes", path, max);
	return 0;
}

/* ---- names ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted. */
static int read_names(int dirfd, const char *path, struct strings *names, struct error *err)
{
	int fd = openat(dirfd, ".", OPEN_DIR);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (dir == NULL) {
		error_errno(err, errno, "cannot read the directory '%s'", path);
		close_fd(&fd);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strings_add(names, entry->d_name);
	closedir(dir);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), compare);
	return 0;
}

static char *join(const char *path, const char *name)
{
	return xasprintf("%s%s%s", path, *path != '\0' && *name != '\0' ? "/" : "", name);
}

/* Whether a path that may be ignored is to be looked at: something in it may be excepted. */
static bool is_hidden(const struct context *c, const char *path, bool directory)
{
	return ignore_has(&c->ignore, path) && !(directory && c->ignore.has_exceptions);
}

static int expand(const struct context *c, const char *prefix, const char *pattern,
	unsigned int depth, struct strings *paths, struct error *err);

/* Goes on with a path to which the pattern has led so far, if that is there. */
static int expand_from(const struct context *c, const char *path, const char *rest,
	unsigned int depth, struct strings *paths, struct error *err)
{
	struct inside found;
	struct error why;
	struct stat st;
	bool directory;

	if (rest[strspn(rest, "/")] != '\0')
		return expand(c, path, rest, depth + 1, paths, err);
	if (inside_find(c->fd, path, &found, &why) != 0) {
		if (why.kind == ERROR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	directory = fstat(found.fd, &st) == 0 && S_ISDIR(st.st_mode);
	inside_free(&found);
	if (!is_hidden(c, path, directory))
		strings_add(paths, path);
	return 0;
}

/* Whether a path, in which links are followed, is a directory: 1, 0, or -1 with *err. */
static int is_directory(const struct context *c, const char *path, struct error *err)
{
	struct inside found;
	struct stat st;
	bool directory;

	if (inside_find(c->fd, path, &found, err) != 0)
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	directory = fstat(found.fd, &st) == 0 && S_ISDIR(st.st_mode);
	inside_free(&found);
	return directory;
}

static int names_in(
	const struct context *c, const char *path, struct strings *names, struct error *err)
{
	struct inside directory;
	int result;

	if (inside_find(c->fd, path, &directory, err) != 0)
		return -1;
	result = read_names(directory.fd, path, names, err);
	inside_free(&directory);
	return result;
}

/* Looks through a directory for names that fit. */
static int expand_names(const struct context *c, const char *prefix, const char *pattern,
	const char *rest, unsigned int depth, struct strings *paths, struct error *err)
{
	AUTO(strings_free) struct strings names = {0};
	bool goes_on = rest[strspn(rest, "/")] != '\0';
	int result = is_directory(c, prefix, err);

	if (result <= 0 || names_in(c, prefix, &names, err) != 0)
		return result == 0 ? 0 : -1;
	for (size_t i = 0; i < names.n; i++) {
		AUTO_FREE char *path = join(prefix, names.v[i]);

		if (!match_name(pattern, names.v[i]))
			continue;
		/* files fit as well, and lead nowhere */
		result = goes_on ? is_directory(c, path, err) : 1;
		if (result > 0)
			result = expand_from(c, path, rest, depth, paths, err);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* Whether a path is a directory itself, and no link to one. */
static bool is_own_directory(const struct context *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent = xstrndup(path, slash ? (size_t)(slash - path) : 0);
	struct inside directory;
	struct error none;
	struct stat st;
	bool is;

	if (inside_find(c->fd, parent, &directory, &none) != 0)
		return false;
	is = fstatat(directory.fd, slash ? slash + 1 : path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	     S_ISDIR(st.st_mode);
	inside_free(&directory);
	return is;
}

/* "**": what fits the rest here and in all directories below, of which links are none. */
static int expand_below(const struct context *c, const char *prefix, const char *rest,
	unsigned int depth, struct strings *paths, struct error *err)
{
	AUTO(strings_free) struct strings names = {0};

	if (depth == CONTEXT_DEPTH_MAX)
		return error_set(
			err, ERROR_CONFLICT, "'%.80s' leads below too many directories", rest);
	if (expand(c, prefix, rest, depth + 1, paths, err) != 0 ||
		names_in(c, prefix, &names, err) != 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		AUTO_FREE char *path = join(prefix, names.v[i]);

		if (is_own_directory(c, path) && !is_hidden(c, path, true) &&
			expand_below(c, path, rest, depth + 1, paths, err) != 0)
			return -1;
	}
	return 0;
}

/* What follows "**", once if it is there several times; "*" if nothing does. */
static const char *behind_stars(const char *rest)
{
	rest += strspn(rest, "/");
	while (strncmp(rest, "**", 2) == 0 && (rest[2] == '/' || rest[2] == '\0'))
		rest += 2 + strspn(rest + 2, "/");
	return *rest != '\0' ? rest : "*";
}

static int expand(const struct context *c, const char *prefix, const char *pattern,
	unsigned int depth, struct strings *paths, struct error *err)
{
	size_t skip = strspn(pattern, "/"), len = strcspn(pattern + skip, "/");
	AUTO_FREE char *component = xstrndup(pattern + skip, len);
	const char *rest = pattern + skip + len;
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *path = NULL;

	if (depth == CONTEXT_DEPTH_MAX)
		return error_set(err, ERROR_CONFLICT, "'%.80s' has too many components", pattern);
	if (strcmp(component, "**") == 0)
		return expand_below(c, prefix, behind_stars(rest), depth, paths, err);
	if (match_has_wildcards(component))
		return expand_names(c, prefix, component, rest, depth, paths, err);
	name = match_unquote(component);
	path = join(prefix, strcmp(name, ".") == 0 ? "" : name);
	return expand_from(c, path, rest, depth, paths, err);
}

int context_expand(
	const struct context *c, const char *pattern, struct strings *paths, struct error *err)
{
	AUTO(strings_free) struct strings patterns = {0};
	size_t before = paths->n;

	if (!match_alternatives(pattern, &patterns))
		return error_set(err, ERROR_CONFLICT,
			"'%.80s' is too long, or stands for more than %d patterns", pattern,
			ALTERNATIVES_MAX);
	for (size_t i = 0; i < patterns.n; i++)
		if (expand(c, "", patterns.v[i], 0, paths, err) != 0)
			return -1;
	if (paths->n == before)
		return error_set(
			err, ERROR_NOT_FOUND, "there is no '%.200s' in the context", pattern);
	return 0;
}

/* ---- files ---- */

struct walk {
	const struct context *context;
	const struct context_visitor *visitor;
	struct error *err;
	unsigned int depth;
};

static int failed(struct walk *w, const char *what, const char *path)
{
	return error_errno(w->err, errno, "cannot %s '%s' of the context", what, path);
}

static int walk_directory(struct walk *w, int dirfd, const char *path, const char *name);

static int visit_file(
	struct walk *w, int dirfd, const char *entry, const char *path, const char *name)
{
	/* it may have become a FIFO since it was looked at */
	AUTO_CLOSE int fd = openat(dirfd, entry, OPEN_FILE);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return failed(w, "open", path);
	if (!S_ISREG(st.st_mode))
		return error_set(
			w->err, ERROR_CONFLICT, "'%s' of the context is no file any more", path);
	return w->visitor->file(w->visitor->arg, name, fd, &st, w->err);
}

static int visit_link(struct walk *w, int dirfd, const char *entry, const char *path,
	const char *name, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, entry, target, sizeof(target) - 1);

	if (n < 0)
		return failed(w, "read", path);
	target[n] = '\0';
	return w->visitor->link(w->visitor->arg, name, target, st, w->err);
}

static int visit_directory(
	struct walk *w, int dirfd, const char *entry, const char *path, const char *name)
{
	AUTO_CLOSE int fd = openat(dirfd, entry, OPEN_DIR);
	struct stat st;
	int result;

	if (fd < 0 || fstat(fd, &st) != 0)
		return failed(w, "open", path);
	if (w->depth == CONTEXT_DEPTH_MAX)
		return error_set(w->err, ERROR_CONFLICT,
			"'%s' of the context is below more than %d directories", path,
			CONTEXT_DEPTH_MAX);
	/* one that is ignored is there if something in it is not: whoever makes that makes it */
	if (ignore_has(&w->context->ignore, path)) {
		w->depth++;
		result = walk_directory(w, fd, path, name);
		w->depth--;
		return result;
	}
	if (w->visitor->enter(w->visitor->arg, name, &st, w->err) != 0)
		return -1;
	w->depth++;
	result = walk_directory(w, fd, path, name);
	w->depth--;
	return result != 0 ? -1 : w->visitor->leave(w->visitor->arg, name, &st, w->err);
}

static int visit(struct walk *w, int dirfd, const char *entry, const char *path, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, entry, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return failed(w, "examine", path);
	if (is_hidden(w->context, path, S_ISDIR(st.st_mode)))
		return 0;
	if (S_ISDIR(st.st_mode))
		return visit_directory(w, dirfd, entry, path, name);
	if (S_ISREG(st.st_mode))
		return visit_file(w, dirfd, entry, path, name);
	if (S_ISLNK(st.st_mode))
		return visit_link(w, dirfd, entry, path, name, &st);
	return 0;
}

static int walk_directory(struct walk *w, int dirfd, const char *path, const char *name)
{
	AUTO(strings_free) struct strings names = {0};
	int result = read_names(dirfd, path, &names, w->err);

	for (size_t i = 0; i < names.n && result == 0; i++) {
		AUTO_FREE char *inner_path = join(path, names.v[i]);
		AUTO_FREE char *inner_name = join(name, names.v[i]);

		result = visit(w, dirfd, names.v[i], inner_path, inner_name);
	}
	return result;
}

int context_walk(const struct context *c, const char *path, const struct context_visitor *v,
	struct error *err)
{
	struct walk w = {.context = c, .visitor = v, .err = err};
	struct inside top;
	struct stat st;
	int result;

	if (inside_find(c->fd, path, &top, err) != 0)
		return error_prefix(err, "'%s' of the context", path);
	if (fstat(top.fd, &st) != 0)
		result = failed(&w, "examine", path);
	else if (S_ISDIR(st.st_mode))
		result = visit_directory(&w, top.fd, ".", path, "");
	else if (S_ISREG(st.st_mode))
		result = visit_file(&w, top.parent, top.name, path, "");
	else
		result = error_set(err, ERROR_CONFLICT,
			"'%s' of the context is neither a file nor a directory", path);
	inside_free(&top);
	return result;
}
