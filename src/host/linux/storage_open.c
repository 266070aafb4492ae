/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the root directory of the storage: what it must be able to do, and what to repair. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/lock.h"
#include "base/log.h"
#include "host/linux/overlay.h"
#include "host/storage.h"

#define OPEN_DIR     (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define ROOT_LEN_MAX 255 /* the names of upper and work share a page of options with the chain */

/* mkdir -p; the directory itself is for root alone, as programs in images may be set-user-id. */
static int make_root(const char *root, struct error *err)
{
	AUTO_FREE char *path = xstrdup(root);

	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return error_errno(err, errno, "cannot make the directory %s", path);
		*slash = '/';
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make the directory %s", path);
	return 0;
}

/* overlayfs must be able to use the file system for its upper directories. */
static int check_filesystem(struct storage *st, struct error *err)
{
	struct statfs fs;

	if (fstatfs(st->fd, &fs) != 0)
		return error_errno(err, errno, "cannot examine the file system of %s", st->root);
	if (fs.f_type == OVERLAYFS_SUPER_MAGIC)
		return error_set(err, ERROR_INVALID,
			"%s is on overlayfs, which cannot hold the upper directories of another "
			"overlayfs",
			st->root);
	if (fsetxattr(st->fd, "user.kleene", "", 0, 0) != 0)
		return errno == EOPNOTSUPP
			       ? error_set(err, ERROR_INVALID,
					 "the file system of %s does not take user extended "
					 "attributes, which overlayfs needs",
					 st->root)
			       : error_errno(err, errno, "cannot write to %s", st->root);
	fremovexattr(st->fd, "user.kleene");
	return 0;
}

/* A directory that other users can look into must not become the root, unless it is empty. */
static int check_mode(struct storage *st, struct error *err)
{
	struct strings names = {0};
	struct stat stat;
	bool foreign;

	if (fstat(st->fd, &stat) != 0 || dir_list(st->fd, ".", &names) != 0)
		return error_errno(err, errno, "cannot read the directory %s", st->root);
	foreign = names.n > 0 && !strings_has(&names, "layer");
	strings_free(&names);
	if (stat.st_uid == 0 && (stat.st_mode & 077) == 0)
		return 0;
	if (foreign)
		return error_set(err, ERROR_INVALID,
			"%s is open to other users: give it to root with mode 0700, or name a "
			"directory that does not exist",
			st->root);
	if (fchown(st->fd, 0, 0) != 0 || fchmod(st->fd, 0700) != 0)
		return error_errno(err, errno, "cannot close %s to other users", st->root);
	return 0;
}

static int open_sub(struct storage *st, const char *name, struct error *err)
{
	int fd;

	if (make_dir(st->fd, name, 0755) != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make the directory %s/%s", st->root, name);
	fd = openat(st->fd, name, OPEN_DIR | O_NOFOLLOW);
	if (fd < 0)
		return error_errno(err, errno, "cannot open the directory %s/%s", st->root, name);
	return fd;
}

static int check_name(const char *root, struct error *err)
{
	if (*root != '/')
		return error_set(err, ERROR_INVALID, "'%s' is no absolute directory", root);
	if (strlen(root) > ROOT_LEN_MAX || strpbrk(root, ",:\\") != NULL)
		return error_set(err, ERROR_INVALID,
			"'%s' cannot be given to mount(2): at most %d bytes without ',', ':' and "
			"'\\'",
			root, ROOT_LEN_MAX);
	return 0;
}

int storage_check(const char *root, struct error *err)
{
	AUTO_FREE char *part = xstrdup(root);
	struct stat st;

	if (check_name(root, err) != 0)
		return -1;
	/* what is not there yet is made in the last directory that is */
	while (stat(part, &st) != 0) {
		if (errno != ENOENT || strcmp(part, "/") == 0)
			return error_errno(err, errno, "cannot use the directory %s", root);
		part[part == strrchr(part, '/') ? 1 : strrchr(part, '/') - part] = '\0';
	}
	return S_ISDIR(st.st_mode) ? 0 : error_errno(err, ENOTDIR, "cannot use %s", part);
}

static int open_directories(struct storage *st, const char *root, struct error *err)
{
	if (check_name(root, err) != 0 || make_root(root, err) != 0)
		return -1;
	st->fd = open(root, OPEN_DIR);
	if (st->fd < 0)
		return error_errno(err, errno, "cannot open the directory %s", root);
	if (lock_take(st->fd, LOCK_EX, LOCK_OF_THE_DEAD) != 0)
		return error_errno(err, errno, "%s is in use by another daemon", root);
	if (check_mode(st, err) != 0 || check_filesystem(st, err) != 0)
		return -1;
	if ((st->layers = open_sub(st, "layer", err)) < 0)
		return -1;
	if ((st->trash = open_sub(st, "trash", err)) < 0)
		return -1;
	for (int i = 0; i < KINDS; i++)
		if ((st->kinds[i] = open_sub(st, overlay_kinds[i], err)) < 0)
			return -1;
	return 0;
}

static void repair_dataset(struct storage *st, int kind, const char *id)
{
	struct dataset ds = {.kind = st->kinds[kind], .id = id};
	const char *kind_name = overlay_kinds[kind];
	struct error err;
	struct stat stat;

	if (name_valid(id)) {
		AUTO_CLOSE int fd = openat(ds.kind, id, OPEN_DIR | O_NOFOLLOW);
		if (fd >= 0 && layers_repair(st, fd, &err) != 0)
			log_warning("cannot repair %s/%s: %s", kind_name, id, err.message);
		if (fd >= 0 && fstatat(fd, "upper", &stat, AT_SYMLINK_NOFOLLOW) == 0)
			return;
		if (fd >= 0 && dataset_drop_incomplete(&ds) == 0)
			return;
	}
	log_warning("%s/%s/%s is no dataset: left alone", st->root, kind_name, id);
}

/* Trials for user namespaces that a daemon left which was killed, when they were not in the trash.
 */
static void repair_trials(struct storage *st)
{
	struct strings names = {0};
	char trashed[TRASH_NAME];

	if (dir_list(st->fd, ".", &names) != 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.v[i], "trial-", strlen("trial-")) == 0 &&
			trash_move(st, st->fd, names.v[i], "tree", trashed) != 0)
			log_warning(
				"cannot remove %s/%s: %s", st->root, names.v[i], strerror(errno));
	strings_free(&names);
}

static int repair(struct storage *st, struct error *err)
{
	struct strings names = {0};

	repair_trials(st);
	for (int i = 0; i < KINDS; i++) {
		if (dir_list(st->kinds[i], ".", &names) != 0)
			return error_errno(
				err, errno, "cannot read %s/%s", st->root, overlay_kinds[i]);
		for (size_t k = 0; k < names.n; k++)
			repair_dataset(st, i, names.v[k]);
		strings_free(&names);
	}
	return 0;
}

struct storage *storage_open(const char *root, struct error *err)
{
	struct storage *st = xcalloc(1, sizeof(*st));
	struct error later;
	size_t len = strlen(root);

	while (len > 1 && root[len - 1] == '/')
		len--;
	st->root = xstrndup(root, len);
	st->fd = st->layers = st->trash = -1;
	pthread_mutex_init(&st->sync_lock, NULL);
	pthread_mutex_init(&st->left_lock, NULL);
	for (int i = 0; i < KINDS; i++)
		st->kinds[i] = -1;
	if (open_directories(st, st->root, err) != 0 || repair(st, err) != 0) {
		storage_close(st);
		return NULL;
	}
	if (trash_sweep(st, &later) != 0)
		log_warning("%s", later.message);
	places_make(st->layers);
	return st;
}

void storage_close(struct storage *st)
{
	if (st == NULL)
		return;
	for (int i = 0; i < KINDS; i++)
		close_fd(&st->kinds[i]);
	close_fd(&st->trash);
	close_fd(&st->layers);
	close_fd(&st->fd);
	pthread_mutex_destroy(&st->sync_lock);
	pthread_mutex_destroy(&st->left_lock);
	strings_free(&st->left);
	free(st->root);
	free(st);
}
