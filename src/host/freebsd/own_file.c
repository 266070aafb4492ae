/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files written into a container's root directory: host/own_file.h. The container may have made of
 * its files what it likes, and may be changing them: all is done by name in one directory that
 * was reached by host/inside.h, no link is followed, and nothing that is there is opened.
 */
#include "host/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/inside.h"

/*
 * Before the file's name, in its directory. SAVED is the mark that the file is ours: it is what was
 * there before, or a directory if nothing was.
 */
#define SAVED ".kleene-saved-"
#define FRESH ".kleene-fresh-"

struct place {
	int dir;
	const char *name;
	char saved[NAME_MAX + 1], fresh[NAME_MAX + 1];
};

/*
 * Opens the directory that a file is in. 1: it is not of the container's own file system, and so
 * not ours to change: something is mounted there.
 */
static int open_place(
	const char *root, const char *path, bool make, struct place *p, struct error *err)
{
	AUTO_CLOSE int top = open(root, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *directory = xstrndup(path, (size_t)(slash - path));
	struct stat own, st;

	p->name = slash + 1;
	snprintf(p->saved, sizeof(p->saved), SAVED "%s", p->name);
	snprintf(p->fresh, sizeof(p->fresh), FRESH "%s", p->name);
	if (top < 0)
		return errno == ENOENT ? error_set(err, ERROR_NOT_FOUND, "there is no %s", root)
				       : error_errno(err, errno, "cannot open %s", root);
	p->dir = inside_directory(top, directory, make, err);
	if (p->dir < 0)
		return -1;
	if (fstat(top, &own) != 0 || fstat(p->dir, &st) != 0)
		return error_errno(err, errno, "cannot examine %s in %s", directory, root);
	return own.st_dev != st.st_dev;
}

static int write_all(int fd, const struct buffer *text)
{
	for (size_t done = 0; done < text->len;) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Makes the file anew under a name of its own, and renames it to the one it is to have. */
static int put_text(const struct place *p, const struct buffer *text)
{
	AUTO_CLOSE int fd = -1;

	if (unlinkat(p->dir, p->fresh, 0) != 0 && errno != ENOENT)
		return -1;
	fd = openat(p->dir, p->fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchown(fd, 0, 0) != 0 || fchmod(fd, 0644) != 0 || write_all(fd, text) != 0)
		return -1;
	return renameat(p->dir, p->fresh, p->dir, p->name);
}

/* Puts what is there aside, unless that was done before. */
static int save(const struct place *p, struct error *err)
{
	struct stat st;

	if (fstatat(p->dir, p->saved, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno == ENOENT && fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISDIR(st.st_mode))
			return error_set(err, ERROR_CONFLICT,
				"'%s' is a directory, but a file is to be there", p->name);
		if (renameat(p->dir, p->name, p->dir, p->saved) == 0)
			return 0;
	} else if (errno == ENOENT && mkdirat(p->dir, p->saved, 0700) == 0) {
		return 0;
	}
	return error_errno(err, errno, "cannot put '%s' aside", p->name);
}

int own_file_show(
	const struct own_file *f, const char *root, struct jail_config *jail, struct error *err)
{
	struct place p = {.dir = -1};
	int result = open_place(root, f->destination, true, &p, err);

	(void)jail;
	if (result == 0)
		result = save(&p, err);
	if (result == 0 && put_text(&p, f->text) != 0)
		result = error_errno(err, errno, "cannot write it");
	close_fd(&p.dir);
	return result < 0 ? error_prefix(err, "%s of the container", f->destination) : 0;
}

int own_file_update(const struct own_file *f, const char *root, struct error *err)
{
	struct place p = {.dir = -1};
	int result = open_place(root, f->destination, false, &p, err);

	if (result == 0 && put_text(&p, f->text) != 0)
		result = error_errno(err, errno, "cannot write it");
	close_fd(&p.dir);
	return result < 0 ? error_prefix(err, "%s of the container", f->destination) : 0;
}

static int restore(const struct place *p)
{
	struct stat st;

	/* what an interrupted put_text has left */
	if (unlinkat(p->dir, p->fresh, 0) != 0 && errno != ENOENT)
		return -1;
	if (fstatat(p->dir, p->saved, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISDIR(st.st_mode))
		return renameat(p->dir, p->saved, p->dir, p->name);
	if (unlinkat(p->dir, p->name, 0) != 0 && errno != ENOENT)
		return -1;
	return unlinkat(p->dir, p->saved, AT_REMOVEDIR);
}

int own_file_withdraw(const char *destination, const char *root, struct error *err)
{
	struct place p = {.dir = -1};
	int result = open_place(root, destination, false, &p, err);

	if (result == 0 && restore(&p) != 0)
		result = error_errno(err, errno, "cannot put back what the image has");
	close_fd(&p.dir);
	if (result < 0 && err->kind == ERROR_NOT_FOUND)
		return 0;
	return result < 0 ? error_prefix(err, "%s of the container", destination) : 0;
}
