/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of the disk a tree takes, which a container may be changing all the while: one directory
 * after the other by its descriptor, no link is followed, and the way back up is by ".." to the
 * directory that one came from, or it is none. Of descriptors one is open, however deep it is; only
 * names of directories are remembered, in so much memory at most.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "host/linux/overlay.h"

#define OPEN_DIR       (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define NAME_COST      32 /* bytes of memory beside a name's own */
#define REMEMBERED_MAX (16u << 20)

struct level {
	struct strings names; /* directories in this one */
	size_t next; /* of those */
	size_t cost; /* bytes that they take */
	ino_t inode;
};

struct walk {
	struct level *levels; /* from the top to where it is */
	size_t depth;
	size_t remembered; /* bytes, of all levels */
	dev_t device;
	uint64_t bytes;
};

static void leave(struct walk *w)
{
	struct level *l = &w->levels[--w->depth];

	w->remembered -= l->cost;
	strings_free(&l->names);
}

/* A file with several names is counted by each of them in part. */
static void count(struct walk *w, struct level *l, const char *name, const struct stat *st)
{
	uint64_t bytes = (uint64_t)st->st_blocks * 512;

	if (st->st_dev != w->device)
		return;
	if (S_ISDIR(st->st_mode)) {
		strings_add(&l->names, name);
		l->cost += strlen(name) + NAME_COST;
		w->remembered += strlen(name) + NAME_COST;
	} else {
		w->bytes += bytes / (st->st_nlink > 1 ? (uint64_t)st->st_nlink : 1);
	}
}

/* Goes into a directory of which fd is one descriptor. */
static int enter(struct walk *w, int fd, const struct stat *st)
{
	int copy = openat(fd, ".", OPEN_DIR);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	struct stat inner;
	struct level *l;

	if (dir == NULL) {
		close_fd(&copy);
		return -1;
	}
	w->levels = xrealloc(w->levels, (w->depth + 1) * sizeof(*w->levels));
	l = &w->levels[w->depth++];
	*l = (struct level){.inode = st->st_ino};
	w->bytes += (uint64_t)st->st_blocks * 512;
	while (w->remembered < REMEMBERED_MAX && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			fstatat(fd, entry->d_name, &inner, AT_SYMLINK_NOFOLLOW) == 0)
			count(w, l, entry->d_name, &inner);
	closedir(dir);
	if (w->remembered < REMEMBERED_MAX)
		return 0;
	errno = EOVERFLOW;
	return -1;
}

/* Goes into the next directory of the level; one that has gone since is passed over. */
static int down(struct walk *w, int *fd)
{
	struct level *l = &w->levels[w->depth - 1];
	int inner = openat(*fd, l->names.v[l->next++], OPEN_DIR);
	struct stat st;

	if (inner < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
	if (fstat(inner, &st) != 0 || st.st_dev != w->device) {
		close_fd(&inner);
		return 0;
	}
	close_fd(fd);
	*fd = inner;
	return enter(w, inner, &st);
}

/* Goes back to the directory above, unless it has been moved elsewhere. */
static int up(struct walk *w, int *fd)
{
	int outer;
	struct stat st;

	leave(w);
	if (w->depth == 0)
		return 0;
	outer = openat(*fd, "..", OPEN_DIR);
	close_fd(fd);
	*fd = outer;
	if (outer < 0 || fstat(outer, &st) != 0)
		return -1;
	if (st.st_dev == w->device && st.st_ino == w->levels[w->depth - 1].inode)
		return 0;
	errno = EBUSY;
	return -1;
}

static int walk(struct walk *w, int *fd)
{
	struct stat st;
	int rc = fstat(*fd, &st);

	w->device = st.st_dev;
	if (rc == 0)
		rc = enter(w, *fd, &st);
	while (rc == 0 && w->depth > 0) {
		const struct level *l = &w->levels[w->depth - 1];

		rc = l->next < l->names.n ? down(w, fd) : up(w, fd);
	}
	return rc;
}

int tree_size(int dirfd, const char *name, uint64_t *bytes, struct error *err)
{
	AUTO_CLOSE int fd = openat(dirfd, name, OPEN_DIR);
	struct walk w = {0};
	int rc, errnum;

	if (fd < 0 && errno == ENOENT)
		return 0;
	rc = fd < 0 ? -1 : walk(&w, &fd);
	errnum = errno;
	*bytes += w.bytes;
	while (w.depth > 0)
		leave(&w);
	free(w.levels);
	if (rc == 0)
		return 0;
	return errnum == EBUSY ? error_set(err, ERROR_CONFLICT,
					 "'%s' is changing too much to be counted", name)
			       : error_errno(err, errnum, "cannot count what is in '%s'", name);
}
