/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing is done here, not by archive_write_disk(3): that works on paths relative to the process's
 * working directory, which a daemon of several threads cannot change, and confining a child with
 * chroot(2) instead would let the C library load name services and character sets from the very
 * tree that is being unpacked. Here no path ever reaches the kernel, only single components below
 * a descriptor (beneath.h), so there is nothing to escape from, on either host. File flags, as
 * chflags(2) has them, are left out: they would only hinder the removal of containers.
 */
#include "fetch/member.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/file.h"

static int fail_errno(struct unpack *u, const char *what)
{
	return error_errno(u->err, errno, "cannot %s '%s'", what, u->member);
}

/* A name without directory entries for it is replaced, as tar does for members that come twice. */
static int clear_name(struct unpack *u, int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR || errno == EPERM)
		return error_set(u->err, ERROR_INVALID,
			"the member '%s' is refused: there is a directory of this name", u->member);
	return fail_errno(u, "replace");
}

static struct timespec entry_mtime(struct archive_entry *e)
{
	return (struct timespec){
		.tv_sec = archive_entry_mtime(e), .tv_nsec = archive_entry_mtime_nsec(e)};
}

static int entry_owner(struct unpack *u, uid_t *uid, gid_t *gid)
{
	la_int64_t user = archive_entry_uid(u->entry), group = archive_entry_gid(u->entry);

	/* -1 means "leave as it is" to chown(2) */
	if (user < 0 || user >= UINT32_MAX || group < 0 || group >= UINT32_MAX)
		return error_set(u->err, ERROR_INVALID,
			"the member '%s' is refused: its owner is out of range", u->member);
	*uid = (uid_t)user;
	*gid = (gid_t)group;
	return 0;
}

static bool acl_entry_from(int tag, int id, int permset, struct file_acl_entry *out)
{
	static const struct {
		int archive;
		enum file_acl_tag tag;
	} tags[] = {
		{ARCHIVE_ENTRY_ACL_USER_OBJ, FILE_ACL_OWNER},
		{ARCHIVE_ENTRY_ACL_USER, FILE_ACL_USER},
		{ARCHIVE_ENTRY_ACL_GROUP_OBJ, FILE_ACL_GROUP_OWNER},
		{ARCHIVE_ENTRY_ACL_GROUP, FILE_ACL_GROUP},
		{ARCHIVE_ENTRY_ACL_MASK, FILE_ACL_MASK},
		{ARCHIVE_ENTRY_ACL_OTHER, FILE_ACL_OTHER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (tags[i].archive != tag)
			continue;
		*out = (struct file_acl_entry){.tag = tags[i].tag,
			.id = (id_t)id,
			.permissions = (unsigned int)permset & 7};
		return true;
	}
	return false;
}

/* type: ARCHIVE_ENTRY_ACL_TYPE_ACCESS or _DEFAULT. */
static int set_acl(struct unpack *u, int fd, int type)
{
	int n = archive_entry_acl_reset(u->entry, type), entry_type, perms, tag, id, rc;
	AUTO_FREE struct file_acl_entry *acl = NULL;
	const char *name;
	size_t used = 0;

	/* three entries are the mode once more */
	if (n == 0 || (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS && n <= 3))
		return 0;
	acl = xcalloc((size_t)n, sizeof(*acl));
	while (used < (size_t)n && archive_entry_acl_next(u->entry, type, &entry_type, &perms, &tag,
					   &id, &name) == ARCHIVE_OK)
		used += acl_entry_from(tag, id, perms, &acl[used]) ? 1 : 0;
	rc = file_set_acl(fd, type == ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, acl, used);
	if (rc < 0)
		return fail_errno(u, "set the access control list of");
	if (rc == 0)
		u->left_out = true;
	return 0;
}

static int set_xattrs(struct unpack *u, int fd)
{
	const void *value;
	const char *name;
	size_t size;

	archive_entry_xattr_reset(u->entry);
	while (archive_entry_xattr_next(u->entry, &name, &value, &size) == ARCHIVE_OK) {
		int rc = name == NULL ? 0 : file_set_xattr(fd, name, value, size);
		if (rc < 0)
			return fail_errno(u, "set the extended attributes of");
		if (rc == 0)
			u->left_out = true;
	}
	return 0;
}

/*
 * Everything about a file or directory but its time. The order matters: chown(2) takes away
 * set-user-id bits and capabilities, chmod(2) changes the mask of an access control list.
 */
static int set_attributes(struct unpack *u, int fd)
{
	uid_t uid;
	gid_t gid;

	if (entry_owner(u, &uid, &gid) != 0)
		return -1;
	if (fchown(fd, uid, gid) != 0)
		return fail_errno(u, "set the owner of");
	if (fchmod(fd, archive_entry_perm(u->entry) & 07777) != 0)
		return fail_errno(u, "set the mode of");
	if (set_xattrs(u, fd) != 0 || set_acl(u, fd, ARCHIVE_ENTRY_ACL_TYPE_ACCESS) != 0)
		return -1;
	return 0;
}

static int write_block(struct unpack *u, int fd, const char *data, size_t n, la_int64_t offset)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, data, n, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail_errno(u, "write");
		data += done;
		offset += done;
		n -= (size_t)done;
		u->stats->bytes += (uint64_t)done;
	}
	return 0;
}

/* The contents; holes in sparse files stay holes. */
static int write_contents(struct unpack *u, int fd)
{
	const void *block;
	la_int64_t offset;
	size_t n;
	int rc;

	while ((rc = archive_read_data_block(u->reader, &block, &n, &offset)) == ARCHIVE_OK) {
		if (write_block(u, fd, block, n, offset) != 0)
			return -1;
		unpack_report(u);
	}
	if (rc != ARCHIVE_EOF)
		return unpack_fail(u);
	if (ftruncate(fd, (off_t)archive_entry_size(u->entry)) != 0)
		return fail_errno(u, "write");
	return 0;
}

static int unpack_file(struct unpack *u, int dirfd, const char *name)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, entry_mtime(u->entry)};

	if (clear_name(u, dirfd, name) != 0)
		return -1;
	AUTO_CLOSE int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(u, "make");
	if (write_contents(u, fd) != 0 || set_attributes(u, fd) != 0)
		return -1;
	(void)futimens(fd, times); /* the archive may have a time that the file system has not */
	return 0;
}

/* Remembers the time of a directory for the end. */
static void keep_time(struct unpack *u, const char *path)
{
	if (u->ntimes == TIMES_MAX)
		return;
	if (u->ntimes == u->times_size) {
		u->times_size = u->times_size ? 2 * u->times_size : 256;
		u->times = xrealloc(u->times, u->times_size * sizeof(*u->times));
	}
	u->times[u->ntimes++] =
		(struct dir_time){.path = xstrdup(path), .mtime = entry_mtime(u->entry)};
}

static int unpack_dir(struct unpack *u, int dirfd, const char *name, const char *path)
{
	struct stat st;

	/* one that is there is kept: members below it may have come first */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode)) {
		if (clear_name(u, dirfd, name) != 0)
			return -1;
		if (mkdirat(dirfd, name, 0700) != 0)
			return fail_errno(u, "make");
	}
	AUTO_CLOSE int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(u, "open");
	keep_time(u, path);
	if (set_attributes(u, fd) != 0)
		return -1;
	return set_acl(u, fd, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
}

/* Owner, mode and time of what cannot be opened: links and FIFOs. */
static int set_attributes_at(struct unpack *u, int dirfd, const char *name, bool mode)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, entry_mtime(u->entry)};
	uid_t uid;
	gid_t gid;

	if (entry_owner(u, &uid, &gid) != 0)
		return -1;
	if (fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
		return fail_errno(u, "set the owner of");
	if (mode && fchmodat(dirfd, name, archive_entry_perm(u->entry) & 07777, 0) != 0)
		return fail_errno(u, "set the mode of");
	(void)utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static int unpack_symlink(struct unpack *u, int dirfd, const char *name)
{
	const char *target = archive_entry_symlink(u->entry);

	if (target == NULL || *target == '\0')
		return error_set(u->err, ERROR_INVALID,
			"the member '%s' is refused: a symbolic link without target", u->member);
	if (clear_name(u, dirfd, name) != 0)
		return -1;
	if (symlinkat(target, dirfd, name) != 0)
		return fail_errno(u, "make");
	return set_attributes_at(u, dirfd, name, false);
}

static int unpack_fifo(struct unpack *u, int dirfd, const char *name)
{
	if (clear_name(u, dirfd, name) != 0)
		return -1;
	if (mkfifoat(dirfd, name, 0600) != 0)
		return fail_errno(u, "make");
	return set_attributes_at(u, dirfd, name, true);
}

static int unpack_hardlink(struct unpack *u, int dirfd, const char *name, const char *path)
{
	AUTO_FREE char *target = beneath_clean(archive_entry_hardlink(u->entry), u->err);
	const char *target_name;
	char shown[SHOWN];
	struct stat st;

	if (target == NULL)
		return error_prefix(u->err, "the hard link '%s'", u->member);
	if (strcmp(target, path) == 0) /* to itself: nothing to do */
		return 0;
	int target_dir = *target ? beneath_parent(&u->links, target, false, &target_name, u->err)
				 : error_set(u->err, ERROR_INVALID, "no target");
	if (target_dir < 0)
		return error_prefix(u->err, "the hard link '%s' is refused", u->member);
	if (fstatat(target_dir, target_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode))
		return error_set(u->err, ERROR_INVALID,
			"the hard link '%s' is refused: '%s' is no file of the archive before it",
			u->member, beneath_printable(target, shown, sizeof(shown)));
	if (clear_name(u, dirfd, name) != 0)
		return -1;
	if (linkat(target_dir, target_name, dirfd, name, 0) != 0)
		return fail_errno(u, "make the hard link");
	return 0;
}

static int unpack_at(struct unpack *u, int dirfd, const char *name, const char *path)
{
	if (archive_entry_hardlink(u->entry) != NULL)
		return unpack_hardlink(u, dirfd, name, path);
	switch (archive_entry_filetype(u->entry)) {
	case AE_IFREG:
		return unpack_file(u, dirfd, name);
	case AE_IFDIR:
		return unpack_dir(u, dirfd, name, path);
	case AE_IFLNK:
		return unpack_symlink(u, dirfd, name);
	case AE_IFIFO:
		return unpack_fifo(u, dirfd, name);
	case AE_IFCHR:
	case AE_IFBLK:
		u->stats->devices++;
		return 0;
	case AE_IFSOCK: /* a server makes its own */
		return 0;
	default:
		return error_set(u->err, ERROR_INVALID,
			"the member '%s' is refused: its type is unknown", u->member);
	}
}

int member_unpack(struct unpack *u)
{
	const char *raw = archive_entry_pathname(u->entry), *name;
	AUTO_FREE char *path = NULL;
	int dirfd;

	if (raw == NULL || *raw == '\0')
		return error_set(u->err, ERROR_INVALID,
			"a member after '%s' is refused: its name is missing or no UTF-8",
			u->member);
	beneath_printable(raw, u->member, sizeof(u->member));
	path = beneath_clean(raw, u->err);
	if (path == NULL)
		return error_prefix(u->err, "the member is not unpacked");
	u->stats->members++;
	if (*path == '\0') /* "./": the directory's owner and mode are the caller's choice */
		return 0;
	dirfd = beneath_parent(&u->files, path, true, &name, u->err);
	return dirfd < 0 ? -1 : unpack_at(u, dirfd, name, path);
}

/* Last to first: a directory's own subdirectories come after it. */
int member_finish(struct unpack *u)
{
	const char *name;

	while (u->ntimes > 0) {
		struct dir_time *t = &u->times[--u->ntimes];
		struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, t->mtime};
		int dirfd = beneath_parent(&u->files, t->path, false, &name, u->err);
		if (dirfd >= 0)
			(void)utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW);
		free(t->path);
		if (dirfd < 0)
			return -1;
	}
	return 0;
}

void member_free(struct unpack *u)
{
	for (size_t i = 0; i < u->ntimes; i++)
		free(u->times[i].path);
	free(u->times);
	beneath_free(&u->files);
	beneath_free(&u->links);
}
