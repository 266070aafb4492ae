/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deleting trees that containers have filled. They may be deeper than any path or stack, so
 * directories below DEPTH_MAX are moved up into the trash and deleted from there: at most
 * DEPTH_MAX descriptors and stack frames, whatever the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/linux/overlay.h"

#define DEPTH_MAX 32

struct removal {
	struct storage *st;
	struct strings left; /* names in the trash that are still to be deleted */
	struct error *err; /* the first failure */
	bool failed;
};

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void failed(struct removal *r, const char *what, const char *name)
{
	int errnum = errno;

	if (!r->failed)
		error_errno(r->err, errnum, "cannot %s '%s' in %s/trash", what, name, r->st->root);
	r->failed = true;
}

int dir_list(int dirfd, const char *name, struct strings *names)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (dir == NULL) {
		int errnum = errno;
		close_fd(&fd);
		errno = errnum;
		return -1;
	}
	while ((e = readdir(dir)) != NULL)
		if (!is_dots(e->d_name))
			strings_add(names, e->d_name);
	closedir(dir);
	return 0;
}

int make_dir(int dirfd, const char *name, unsigned int mode)
{
	if (mkdirat(dirfd, name, mode) != 0)
		return -1;
	return fchmodat(dirfd, name, mode, 0);
}

/* Takes off the flags of chattr(1) that forbid removal, if it has them. */
static void clear_flags(int dirfd, const char *name)
{
	struct stat st;
	int flags;

	/* only these have flags, and opening anything else may have effects */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return;
	AUTO_CLOSE int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
		return;
	if ((flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) == 0)
		return;
	flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	(void)ioctl(fd, FS_IOC_SETFLAGS, &flags); /* the caller's second try tells */
}

static int unlink_at(int dirfd, const char *name, int flags)
{
	if (unlinkat(dirfd, name, flags) == 0)
		return 0;
	if (errno != EPERM)
		return -1;
	clear_flags(dirfd, ".");
	clear_flags(dirfd, name);
	return unlinkat(dirfd, name, flags);
}

/* Moves a directory up into the trash under a name of its own, to be deleted from there. */
static int move_up(struct removal *r, int dirfd, const char *name)
{
	char trashed[TRASH_NAME];

	if (trash_move(r->st, dirfd, name, "tree", trashed) != 0) {
		if (errno != EPERM)
			return -1;
		clear_flags(dirfd, ".");
		clear_flags(dirfd, name);
		if (trash_move(r->st, dirfd, name, "tree", trashed) != 0)
			return -1;
	}
	strings_add(&r->left, trashed);
	return 0;
}

static int remove_entry(struct removal *r, int dirfd, const char *name, int depth);

/* Deletes what is in the directory, as far as it can; the number of entries that went. */
static size_t remove_contents(struct removal *r, DIR *dir, int depth)
{
	struct dirent *e;
	size_t gone = 0;

	rewinddir(dir);
	while ((e = readdir(dir)) != NULL) {
		if (!is_dots(e->d_name) && remove_entry(r, dirfd(dir), e->d_name, depth) == 0)
			gone++;
	}
	return gone;
}

static int remove_dir(struct removal *r, int parent, const char *name, int depth)
{
	/* something may be mounted in there: the contents of another file system are not ours */
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
	DIR *dir;
	int rc;

	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return -1;
	}
	/* readdir(3) may skip entries while others are removed, hence as long as it gets on */
	do {
		size_t gone = remove_contents(r, dir, depth + 1);
		rc = unlink_at(parent, name, AT_REMOVEDIR);
		if (gone == 0)
			break;
	} while (rc != 0 && errno == ENOTEMPTY);
	int saved = errno;
	closedir(dir);
	errno = saved;
	return rc;
}

static int remove_entry(struct removal *r, int dirfd, const char *name, int depth)
{
	if (unlink_at(dirfd, name, 0) == 0)
		return 0;
	if (errno != EISDIR) {
		failed(r, "remove", name);
		return -1;
	}
	if (unlink_at(dirfd, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno == ENOTEMPTY) {
		int rc = depth < DEPTH_MAX ? remove_dir(r, dirfd, name, depth)
					   : move_up(r, dirfd, name);
		if (rc == 0)
			return 0;
	}
	failed(r, "remove", name);
	return -1;
}

static int delete_tree(struct storage *st, const char *name, struct error *err)
{
	struct removal r = {.st = st, .err = err};

	strings_add(&r.left, name);
	while (r.left.n > 0) {
		AUTO_FREE char *next = r.left.v[--r.left.n];
		r.left.v[r.left.n] = NULL;
		remove_entry(&r, st->trash, next, 0);
	}
	strings_free(&r.left);
	return r.failed ? -1 : 0;
}

void trash_keep(struct storage *st, const char *name)
{
	pthread_mutex_lock(&st->left_lock);
	strings_add(&st->left, name);
	pthread_mutex_unlock(&st->left_lock);
}

int trash_delete(struct storage *st, const char *name, struct error *err)
{
	int rc = delete_tree(st, name, err);

	if (rc != 0)
		trash_keep(st, name);
	return rc;
}

int trash_move(struct storage *st, int dirfd, const char *name, const char *prefix, char *trashed)
{
	char id[ID_LEN + 1];

	id_new(id);
	snprintf(trashed, TRASH_NAME, "%s-%s", prefix, id);
	return renameat(dirfd, name, st->trash, trashed);
}

/* A dataset in the trash: the layers it owns go first, while its links still tell which. */
static int sweep_dataset(struct storage *st, const char *name, struct error *err)
{
	AUTO_CLOSE int fd =
		openat(st->trash, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, "cannot open %s/trash/%s", st->root, name);
	return layers_discard(st, fd, err);
}

/* Deletes what is in the trash by that name. A dataset that knows of layers still there is kept. */
static int sweep_one(struct storage *st, const char *name, struct error *err)
{
	if (strncmp(name, "dataset-", strlen("dataset-")) == 0 && sweep_dataset(st, name, err) != 0)
		return -1;
	return delete_tree(st, name, err);
}

int trash_sweep(struct storage *st, struct error *err)
{
	struct strings names = {0};
	int rc = 0;

	if (dir_list(st->trash, ".", &names) != 0)
		return error_errno(err, errno, "cannot read %s/trash", st->root);
	for (size_t i = 0; i < names.n; i++) {
		if (sweep_one(st, names.v[i], err) != 0) {
			trash_keep(st, names.v[i]);
			rc = -1;
		}
	}
	strings_free(&names);
	return rc;
}

void trash_again(struct storage *st)
{
	struct strings names;
	struct error err;

	pthread_mutex_lock(&st->left_lock);
	names = st->left;
	st->left = (struct strings){0};
	pthread_mutex_unlock(&st->left_lock);
	for (size_t i = 0; i < names.n; i++) {
		if (sweep_one(st, names.v[i], &err) != 0 &&
			faccessat(st->trash, names.v[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			trash_keep(st, names.v[i]);
	}
	strings_free(&names);
}
