/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COPY: from the context into the root directory of the container, which does not run. The daemon
 * writes there as root among files that may be traps, so each directory is found by
 * inside_directory, and a file is made under a name of its own and then renamed.
 */
#include "build/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "build/variables.h"
#include "container/containers.h"
#include "dataset/datasets.h"
#include "host/file_contents.h"
#include "host/inside.h"
#include "http/session.h"
#include "warden/userdb.h"

#define TEMPORARY ".kleene-copy-" /* and an id: a file until it is whole */

/* ---- copying ---- */

/* What files get: --chown and --chmod. */
struct attributes {
	uid_t uid;
	gid_t gid;
	int mode; /* -1: the one of the context's */
};

struct copy {
	struct build *build;
	struct attributes attributes;
	int root; /* of the container */
	const char *to; /* where the source's top goes: a file or a directory */
	struct level {
		int fd; /* O_PATH */
		char *path; /* in the container */
		bool made;
	} levels[CONTEXT_DEPTH_MAX + 2]; /* directories that have been entered */
	size_t n;
};

static char *target_of(const struct copy *c, const char *name)
{
	size_t len = strlen(c->to);

	if (*name == '\0')
		return xstrdup(c->to);
	return xasprintf("%s%s%s", c->to, c->to[len - 1] == '/' ? "" : "/", name);
}

static int failed(const char *what, const char *path, struct error *err)
{
	return error_errno(err, errno, "cannot %s '%s' in the container", what, path);
}

/* The mode comes after the owner, which may take bits of it away; the times are last. */
static int set_attributes(
	const struct copy *c, int fd, const char *path, const struct stat *st, struct error *err)
{
	const struct attributes *a = &c->attributes;
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	mode_t mode = a->mode >= 0 ? (mode_t)a->mode : st->st_mode & 07777;

	if (fchown(fd, a->uid, a->gid) != 0 || fchmod(fd, mode) != 0)
		return failed("set the owner and mode of", path, err);
	(void)futimens(fd, times); /* the file system may not have such a time */
	return 0;
}

static int enter(void *arg, const char *name, const struct stat *st, struct error *err)
{
	struct copy *c = arg;
	AUTO_FREE char *path = target_of(c, name);
	struct level *level = &c->levels[c->n];

	level->made = false;
	level->fd = inside_directory(c->root, path, false, err);
	if (level->fd < 0 && err->kind == ERROR_NOT_FOUND) {
		level->made = true;
		level->fd = inside_directory(c->root, path, true, err);
	}
	if (level->fd < 0)
		return -1;
	level->path = take_ptr(&path);
	c->n++;
	return step_check_client(c->build->session, err);
}

/* A directory that was there keeps its mode, and one that was made gets that of the context's. */
static int leave(void *arg, const char *name, const struct stat *st, struct error *err)
{
	struct copy *c = arg;
	struct level *level = &c->levels[--c->n];
	AUTO_FREE char *path = level->path;
	AUTO_CLOSE int fd = level->fd;
	AUTO_CLOSE int directory = -1;

	if (!level->made)
		return 0;
	directory = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return failed("open", path, err);
	return set_attributes(c, directory, path, st, err);
}

static void leave_all(struct copy *c)
{
	while (c->n > 0) {
		close_fd(&c->levels[--c->n].fd);
		free(c->levels[c->n].path);
	}
}

/* Opens the directory that a path is in; *name is the path's last component. */
static int open_parent(struct copy *c, const char *path, const char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent = xstrndup(path, (size_t)(slash - path));
	const struct level *last = c->n > 0 ? &c->levels[c->n - 1] : NULL;

	*name = slash + 1;
	if (last != NULL && strcmp(last->path, *parent ? parent : "/") == 0)
		return fcntl(last->fd, F_DUPFD_CLOEXEC, 0);
	return inside_directory(c->root, *parent ? parent : "/", true, err);
}

/* Gives a file that is whole its name. */
static int settle(
	int parent, const char *temporary, const char *name, const char *path, struct error *err)
{
	if (renameat(parent, temporary, parent, name) == 0)
		return 0;
	failed("make", path, err);
	unlinkat(parent, temporary, 0);
	return -1;
}

static void temporary_name(char name[sizeof(TEMPORARY) + ID_LEN])
{
	char id[ID_LEN + 1];

	id_new(id);
	snprintf(name, sizeof(TEMPORARY) + ID_LEN, "%s%s", TEMPORARY, id);
}

static int copy_file(void *arg, const char *name, int fd, const struct stat *st, struct error *err)
{
	struct copy *c = arg;
	AUTO_FREE char *path = target_of(c, name);
	char temporary[sizeof(TEMPORARY) + ID_LEN];
	const char *last;
	AUTO_CLOSE int parent = open_parent(c, path, &last, err);
	AUTO_CLOSE int out = -1;

	if (parent < 0)
		return -1;
	temporary_name(temporary);
	out = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return failed("make", path, err);
	if (file_copy_contents(fd, out, st->st_size) != 0) {
		failed("write", path, err);
		unlinkat(parent, temporary, 0);
		return -1;
	}
	if (set_attributes(c, out, path, st, err) != 0 ||
		settle(parent, temporary, last, path, err) != 0) {
		unlinkat(parent, temporary, 0);
		return -1;
	}
	return step_check_client(c->build->session, err);
}

static int copy_link(
	void *arg, const char *name, const char *target, const struct stat *st, struct error *err)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	struct copy *c = arg;
	AUTO_FREE char *path = target_of(c, name);
	char temporary[sizeof(TEMPORARY) + ID_LEN];
	const char *last;
	AUTO_CLOSE int parent = open_parent(c, path, &last, err);

	if (parent < 0)
		return -1;
	temporary_name(temporary);
	if (symlinkat(target, parent, temporary) != 0)
		return failed("make", path, err);
	if (fchownat(parent, temporary, c->attributes.uid, c->attributes.gid,
		    AT_SYMLINK_NOFOLLOW) != 0) {
		failed("set the owner of", path, err);
		unlinkat(parent, temporary, 0);
		return -1;
	}
	(void)utimensat(parent, temporary, times, AT_SYMLINK_NOFOLLOW);
	return settle(parent, temporary, last, path, err);
}

static bool is_directory_there(int root, const char *path)
{
	struct error none;
	AUTO_CLOSE int fd = inside_directory(root, path, false, &none);

	return fd >= 0;
}

static bool is_directory_here(const struct context *context, const char *path)
{
	struct inside found;
	struct error none;
	struct stat st;
	bool directory;

	if (inside_find(context->fd, path, &found, &none) != 0)
		return false;
	directory = fstat(found.fd, &st) == 0 && S_ISDIR(st.st_mode);
	inside_free(&found);
	return directory;
}

static int copy_source(struct build *b, int root, const struct attributes *attributes,
	const char *source, const char *destination, struct error *err)
{
	struct copy *c = xcalloc(1, sizeof(*c));
	const struct context_visitor visitor = {enter, leave, copy_file, copy_link, c};
	const char *slash = strrchr(source, '/');
	AUTO_FREE char *to = NULL;
	int result;

	c->build = b;
	c->root = root;
	c->attributes = *attributes;
	/* a directory's contents go into the destination, a file itself */
	if (!is_directory_here(&b->context, source) &&
		(names_directory(destination) || is_directory_there(root, destination)))
		to = xasprintf("%s/%s", destination, slash ? slash + 1 : source);
	else
		to = xstrdup(destination);
	c->to = to;
	result = context_walk(&b->context, source, &visitor, err);
	leave_all(c);
	free(c);
	return result;
}

/* Whom --chown names, among the container's own users; owner: NULL for root. */
static int find_owner(int root, const char *owner, struct attributes *a, struct error *err)
{
	const struct strings no_groups = {0};
	struct user user;

	if (owner == NULL)
		return 0;
	if (user_lookup(root, owner, &no_groups, &user, err) != 0)
		return error_prefix(err, "--chown");
	a->uid = user.uid;
	a->gid = user.gid;
	user_free(&user);
	return 0;
}

static int copy_all(struct build *b, const struct strings *sources, const char *destination,
	const char *owner, int mode, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("container", b->container.id);
	AUTO_CLOSE int root = storage_open_root(b->daemon->storage, dataset, err);
	struct attributes attributes = {.mode = mode};

	if (root < 0 || find_owner(root, owner, &attributes, err) != 0)
		return -1;
	for (size_t i = 0; i < sources->n; i++)
		if (copy_source(b, root, &attributes, sources->v[i], destination, err) != 0)
			return -1;
	return 0;
}

/* ---- the instruction ---- */

/* A pattern may stand for nothing, if only there is something to copy. */
static int expand_sources(
	struct build *b, const struct strings *words, struct strings *sources, struct error *err)
{
	struct error none = {0};

	for (size_t i = 0; i + 1 < words->n; i++) {
		if (context_expand(&b->context, words->v[i], sources, &none) == 0)
			continue;
		if (none.kind != ERROR_NOT_FOUND || !match_has_wildcards(words->v[i])) {
			*err = none;
			return -1;
		}
	}
	if (sources->n > 0)
		return 0;
	*err = none;
	return -1;
}

/* Takes the instruction's words apart. */
static int find_sources(struct build *b, struct strings *words, struct strings *sources,
	char **destination, struct error *err)
{
	AUTO_FREE char *last = NULL;

	if (words->n < 2)
		return error_set(err, ERROR_CONFLICT,
			"with its variables replaced it has no source or no destination");
	last = match_unquote(words->v[words->n - 1]);
	*destination = step_absolute(b, last);
	if (expand_sources(b, words, sources, err) != 0)
		return -1;
	if (sources->n > 1 && !names_directory(last))
		return error_set(err, ERROR_CONFLICT,
			"several sources need a destination that ends in '/', not '%.200s'", last);
	return 0;
}

/* --chown with its variables replaced, *owner being NULL without one. */
static int expand_owner(
	const struct build *b, const struct instruction *i, char **owner, struct error *err)
{
	AUTO(strings_free) struct strings words = {0}, vars = {0};

	*owner = NULL;
	if (i->owner == NULL)
		return 0;
	step_variables(b, &vars);
	if (words_expand(i->owner, &vars, WORDS_WHOLE, false, &words, err) != 0)
		return -1;
	if (words.n != 1 || words.v[0][0] == '\0')
		return error_set(err, ERROR_CONFLICT,
			"--chown: with its variables replaced there is no user left");
	*owner = xstrdup(words.v[0]);
	return 0;
}

/* The key without options is what it was before there were any. */
static char *copy_key(const struct build *b, const struct instruction *i, const char *digest,
	const char *destination, const char *owner)
{
	json_t *depends = json_pack("{s:s, s:s, s:o}", "files", digest, "destination", destination,
		"directories", step_json_strings(&b->directories));

	if (owner != NULL)
		json_object_set_new(depends, "owner", json_string(owner));
	if (i->mode >= 0)
		json_object_set_new(depends, "mode", json_integer(i->mode));
	return cache_key(b, "COPY", depends);
}

int do_copy(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0}, sources = {0};
	AUTO_FREE char *destination = NULL;
	AUTO_FREE char *owner = NULL;
	AUTO_FREE char *digest = NULL;
	AUTO_FREE char *key = NULL;
	int found;

	if (expand_owner(b, i, &owner, err) != 0 || step_expand(b, i, &words, err) != 0 ||
		find_sources(b, &words, &sources, &destination, err) != 0)
		return -1;
	digest = copy_digest(b, &sources, err);
	if (digest == NULL)
		return -1;
	key = copy_key(b, i, digest, destination, owner);
	found = step_from_cache(b, i, key, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	if (step_prepare(b, err) != 0 ||
		copy_all(b, &sources, destination, owner, i->mode, err) != 0 ||
		state_snapshot(b, i, key, err) != 0)
		return -1;
	step_done(b);
	return 0;
}
