/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folding: what small layers hold is copied into the upper directory above them, so that a chain
 * need not grow with every snapshot. All that is done here is what overlayfs does as well when it
 * copies a file up: the upper directory, with the layers below, shows the same after each step. So
 * there is nothing to undo after an interruption; a copy gets its name when it is whole.
 *
 * The layers stay, as older snapshots consist of them. What has more than a few small files is left
 * in its own layer, and so is what a copy would not be the same as: hard links, sockets, devices.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/log.h"
#include "host/file.h"
#include "host/file_contents.h"
#include "host/linux/file_copy.h"
#include "host/linux/overlay.h"

#define FOLD_LAYERS  16 /* so many make a try worthwhile */
#define FOLD_ENTRIES 64 /* of all layers that are folded at a time */
#define FOLD_BYTES   (1u << 20)

#define OPEN_DIR  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define OPEN_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define XATTRS	  4096 /* bytes of names; what has more is left alone */

static const char opaque[] = "user.overlay.opaque";
static const char staged[] = "new";

/* ---- whether layers can be folded ---- */

struct budget {
	unsigned int entries;
	uint64_t bytes;
};

static bool is_whiteout(const struct statx *st)
{
	return S_ISCHR(st->stx_mode) && st->stx_rdev_major == 0 && st->stx_rdev_minor == 0;
}

static int examine(int dirfd, const char *name, struct statx *st)
{
	return statx(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, st);
}

static bool is_opaque(int fd)
{
	char value[2];

	return fgetxattr(fd, opaque, value, sizeof(value)) == 1 && value[0] == 'y';
}

/* Marks of overlayfs that a copy does as well without, and what the kernel itself gives a copy. */
static bool is_dispensable(const char *name)
{
	static const char *const names[] = {
		"user.overlay.origin", "user.overlay.impure", "security.selinux"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Whether a copy can have all the attributes that count. */
static bool has_known_attributes(int fd)
{
	char names[XATTRS];
	ssize_t n = flistxattr(fd, names, sizeof(names));

	if (n < 0)
		return false;
	for (const char *name = names; name < names + n; name += strlen(name) + 1)
		if (!file_copies_xattr(name) && !is_dispensable(name) &&
			!(strcmp(name, opaque) == 0 && is_opaque(fd)))
			return false;
	return true;
}

static bool can_copy(int dirfd, const char *name, const struct statx *st)
{
	AUTO_CLOSE int fd = -1;

	if (S_ISLNK(st->stx_mode) || is_whiteout(st))
		return true;
	if (!S_ISDIR(st->stx_mode) && (!S_ISREG(st->stx_mode) || st->stx_nlink > 1))
		return false;
	if ((st->stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0)
		return false;
	fd = openat(dirfd, name, OPEN_FILE);
	return fd >= 0 && has_known_attributes(fd);
}

/* Takes what the directory holds off the budget; false: it cannot be folded. */
static bool fits(int dirfd, const char *name, struct budget *left)
{
	AUTO(strings_free) struct strings names = {0};
	AUTO_CLOSE int fd = openat(dirfd, name, OPEN_DIR);
	struct statx st;

	if (fd < 0 || dir_list(fd, ".", &names) != 0 || names.n > left->entries)
		return false;
	left->entries -= (unsigned int)names.n;
	for (size_t i = 0; i < names.n; i++) {
		if (examine(fd, names.v[i], &st) != 0 || !can_copy(fd, names.v[i], &st))
			return false;
		if (S_ISREG(st.stx_mode) && st.stx_size > left->bytes)
			return false;
		left->bytes -= S_ISREG(st.stx_mode) ? st.stx_size : 0;
		if (S_ISDIR(st.stx_mode) && !fits(fd, names.v[i], left))
			return false;
	}
	return true;
}

/* ---- copying ---- */

/* chown(2) takes away set-user-id bits and capabilities, so it comes first; the times come last. */
static int copy_attributes(int from, int to)
{
	struct stat st;

	if (fstat(from, &st) != 0 || fchown(to, st.st_uid, st.st_gid) != 0 ||
		fchmod(to, st.st_mode & 07777) != 0 || file_copy_attributes(from, to) != 0)
		return -1;
	return futimens(to, (const struct timespec[]){st.st_atim, st.st_mtim});
}

static int copy_file(int from, int to, const char *name, const char *as)
{
	AUTO_CLOSE int in = openat(from, name, OPEN_FILE);
	AUTO_CLOSE int out = openat(to, as, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st) != 0 ||
		file_copy_contents(in, out, st.st_size) != 0)
		return -1;
	return copy_attributes(in, out);
}

static int copy_link(int from, int to, const char *name, const char *as)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);
	struct stat st;

	if (n < 0 || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	target[n] = '\0';
	if (symlinkat(target, to, as) != 0 ||
		fchownat(to, as, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return utimensat(
		to, as, (const struct timespec[]){st.st_atim, st.st_mtim}, AT_SYMLINK_NOFOLLOW);
}

static int copy_entry(int from, int to, const char *name, const char *as);

static int copy_directory(int from, int to, const char *name, const char *as)
{
	AUTO(strings_free) struct strings names = {0};
	AUTO_CLOSE int in = openat(from, name, OPEN_DIR);
	AUTO_CLOSE int out = -1;

	if (in < 0 || dir_list(in, ".", &names) != 0 || mkdirat(to, as, 0700) != 0)
		return -1;
	out = openat(to, as, OPEN_DIR);
	if (out < 0 || (is_opaque(in) && fsetxattr(out, opaque, "y", 1, 0) != 0))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (copy_entry(in, out, names.v[i], names.v[i]) != 0)
			return -1;
	return copy_attributes(in, out);
}

static int copy_entry(int from, int to, const char *name, const char *as)
{
	struct statx st;

	if (examine(from, name, &st) != 0)
		return -1;
	if (S_ISDIR(st.stx_mode))
		return copy_directory(from, to, name, as);
	if (S_ISLNK(st.stx_mode))
		return copy_link(from, to, name, as);
	if (is_whiteout(&st))
		return mknodat(to, as, S_IFCHR, makedev(0, 0));
	return copy_file(from, to, name, as);
}

/* ---- merging ---- */

static int merge(int stage, int upper, int layer);

/* A directory of that name is in both. */
static int merge_directory(int stage, int upper, int layer, const char *name)
{
	AUTO_CLOSE int in = openat(layer, name, OPEN_DIR);
	AUTO_CLOSE int out = openat(upper, name, OPEN_DIR);

	if (in < 0 || out < 0)
		return -1;
	if (is_opaque(out))
		return 0;
	if (merge(stage, out, in) != 0)
		return -1;
	return is_opaque(in) ? fsetxattr(out, opaque, "y", 1, 0) : 0;
}

/* What is no directory hides the directories of that name below it. */
static int hide_lower(int upper, const char *name)
{
	AUTO_CLOSE int fd = openat(upper, name, OPEN_DIR);

	return fd < 0 ? -1 : fsetxattr(fd, opaque, "y", 1, 0);
}

static int merge_entry(int stage, int upper, int layer, const char *name)
{
	struct statx ours, theirs;

	if (examine(layer, name, &theirs) != 0)
		return -1;
	if (examine(upper, name, &ours) != 0) {
		if (errno != ENOENT || copy_entry(layer, stage, name, staged) != 0)
			return -1;
		return renameat(stage, staged, upper, name);
	}
	if (!S_ISDIR(ours.stx_mode))
		return 0;
	return S_ISDIR(theirs.stx_mode) ? merge_directory(stage, upper, layer, name)
					: hide_lower(upper, name);
}

/* Gives the upper directory what it does not have or hide already. */
static int merge(int stage, int upper, int layer)
{
	AUTO(strings_free) struct strings names = {0};
	struct stat before;

	if (fstat(upper, &before) != 0 || dir_list(layer, ".", &names) != 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (merge_entry(stage, upper, layer, names.v[i]) != 0)
			return -1;
	return futimens(upper, (const struct timespec[]){before.st_atim, before.st_mtim});
}

static int merge_layers(struct storage *st, int stage, int upper, const char *chain, size_t n)
{
	char id[ID_LEN + 1] = "";

	for (size_t i = 0; i < n; i++) {
		memcpy(id, chain + i * (ID_LEN + 1), ID_LEN);
		AUTO_CLOSE int layer = openat(st->layers, id, OPEN_DIR);
		if (layer < 0 || merge(stage, upper, layer) != 0)
			return -1;
	}
	return 0;
}

/* ---- folding ---- */

/* How many of the own layers, uppermost first, can be folded. */
static size_t count_foldable(struct storage *st, const char *chain, size_t own)
{
	struct budget left = {FOLD_ENTRIES, FOLD_BYTES};
	char id[ID_LEN + 1] = "";
	size_t n;

	for (n = 0; n < own; n++) {
		memcpy(id, chain + n * (ID_LEN + 1), ID_LEN);
		if (!fits(st->layers, id, &left))
			break;
	}
	return n;
}

size_t layers_fold(struct storage *st, int dirfd, const char *chain, size_t own)
{
	AUTO_CLOSE int upper = openat(dirfd, "upper", OPEN_DIR);
	AUTO_CLOSE int stage = -1;
	char id[ID_LEN + 1], name[TRASH_NAME];
	struct error later;
	size_t n;
	int rc;

	if (own == 0 || own % FOLD_LAYERS != 0 || upper < 0)
		return 0;
	n = count_foldable(st, chain, own);
	if (n < FOLD_LAYERS / 2)
		return 0;
	id_new(id);
	snprintf(name, sizeof(name), "tree-%s", id);
	if (make_dir(st->trash, name, 0700) == 0)
		stage = openat(st->trash, name, OPEN_DIR);
	rc = stage < 0 ? -1 : merge_layers(st, stage, upper, chain, n);
	if (rc != 0)
		log_warning("cannot fold layers in %s: %s", st->root, strerror(errno));
	if (trash_delete(st, name, &later) != 0)
		log_warning("%s", later.message);
	return rc == 0 ? n : 0;
}
