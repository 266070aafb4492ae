/*
 * COPY: from the context into the root directory of the container, which does not run. The daemon
 * writes there as root among files that may be traps, so each directory is found by
 * inside_directory, and a file is made under a name of its own and then renamed.
 */
#include "kleened/build/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/file_contents.h"
#include "host/inside.h"
#include "kleened/api/session.h"
#include "kleened/containers.h"

#define TEMPORARY ".kleene-copy-" /* and an id: a file until it is whole */

/* ---- what is copied: a digest for the cache ---- */

struct digest {
	EVP_MD_CTX *sum;
	struct session *session;
};

/* Strings go in with their ends, so that no two lists of them are alike. */
static void add(
	struct digest *d, char kind, const char *name, const struct stat *st, const char *more)
{
	const uint64_t numbers[] = {
		(uint64_t)st->st_mode & 07777, S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0};

	EVP_DigestUpdate(d->sum, &kind, 1);
	EVP_DigestUpdate(d->sum, name, strlen(name) + 1);
	EVP_DigestUpdate(d->sum, numbers, sizeof(numbers));
	EVP_DigestUpdate(d->sum, more, strlen(more) + 1);
}

static int check_client(struct session *s, struct error *err)
{
	return session_gone(s) ? error_set(err, ERROR_UNAVAILABLE, "the client is gone") : 0;
}

static int digest_directory(void *arg, const char *name, const struct stat *st, struct error *err)
{
	add(arg, 'd', name, st, "");
	return 0;
}

static int digest_nothing(void *arg, const char *name, const struct stat *st, struct error *err)
{
	return 0;
}

static int digest_link(
	void *arg, const char *name, const char *target, const struct stat *st, struct error *err)
{
	add(arg, 'l', name, st, target);
	return 0;
}

static int digest_file(
	void *arg, const char *name, int fd, const struct stat *st, struct error *err)
{
	struct digest *d = arg;
	char piece[65536];
	ssize_t n;

	add(d, 'f', name, st, "");
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		EVP_DigestUpdate(d->sum, piece, (size_t)n);
	if (n < 0)
		return error_errno(err, errno, "cannot read '%s' of the context", name);
	return check_client(d->session, err);
}

/* A digest of all that the sources hold. The caller frees; NULL with *err. */
static char *digest_sources(struct build *b, const struct strings *sources, struct error *err)
{
	struct digest d = {.sum = EVP_MD_CTX_new(), .session = b->session};
	const struct context_visitor visitor = {
		digest_directory, digest_nothing, digest_file, digest_link, &d};
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct buffer text = {0};
	unsigned int len = 0;
	int result = 0;

	if (d.sum == NULL || EVP_DigestInit_ex(d.sum, EVP_sha256(), NULL) != 1)
		abort(); /* out of memory */
	for (size_t i = 0; i < sources->n && result == 0; i++) {
		EVP_DigestUpdate(d.sum, sources->v[i], strlen(sources->v[i]) + 1);
		result = context_walk(&b->context, sources->v[i], &visitor, err);
	}
	EVP_DigestFinal_ex(d.sum, sum, &len);
	EVP_MD_CTX_free(d.sum);
	for (unsigned int i = 0; i < len && result == 0; i++)
		buffer_printf(&text, "%02x", sum[i]);
	return text.data;
}

/* ---- copying ---- */

struct copy {
	struct build *build;
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

/* Owner root; the mode comes after the owner, which may take bits of it away; the times are last.
 */
static int set_attributes(int fd, const char *path, const struct stat *st, struct error *err)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchown(fd, 0, 0) != 0 || fchmod(fd, st->st_mode & 07777) != 0)
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
	return check_client(c->build->session, err);
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
	return set_attributes(directory, path, st, err);
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
	if (set_attributes(out, path, st, err) != 0 ||
		settle(parent, temporary, last, path, err) != 0) {
		unlinkat(parent, temporary, 0);
		return -1;
	}
	return check_client(c->build->session, err);
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

static int copy_source(
	struct build *b, int root, const char *source, const char *destination, struct error *err)
{
	struct copy *c = xcalloc(1, sizeof(*c));
	const struct context_visitor visitor = {enter, leave, copy_file, copy_link, c};
	const char *slash = strrchr(source, '/');
	AUTO_FREE char *to = NULL;
	int result;

	c->build = b;
	c->root = root;
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

static int copy_all(
	struct build *b, const struct strings *sources, const char *destination, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("container", b->container.id);
	AUTO_CLOSE int root = storage_open_root(b->daemon->storage, dataset, err);

	if (root < 0)
		return -1;
	for (size_t i = 0; i < sources->n; i++)
		if (copy_source(b, root, sources->v[i], destination, err) != 0)
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

int do_copy(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0}, sources = {0};
	AUTO_FREE char *destination = NULL;
	AUTO_FREE char *digest = NULL;
	AUTO_FREE char *key = NULL;
	int found;

	if (step_expand(b, i, &words, err) != 0 ||
		find_sources(b, &words, &sources, &destination, err) != 0)
		return -1;
	digest = digest_sources(b, &sources, err);
	if (digest == NULL)
		return -1;
	key = cache_key(b, "COPY",
		json_pack("{s:s, s:s, s:o}", "files", digest, "destination", destination,
			"directories", step_json_strings(&b->directories)));
	found = step_from_cache(b, i, key, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	if (step_prepare(b, err) != 0 || copy_all(b, &sources, destination, err) != 0 ||
		state_snapshot(b, i, key, err) != 0)
		return -1;
	step_done(b);
	return 0;
}
