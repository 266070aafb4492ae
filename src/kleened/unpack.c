/*
 * Reading is libarchive's, with only the formats that are needed. Writing is done here, not by
 * archive_write_disk(3): that works on paths relative to the process's working directory, which a
 * daemon of several threads cannot change, and confining a child with chroot(2) instead would let
 * the C library load name services and character sets from the very tree that is being unpacked.
 * Here no path ever reaches the kernel, only single components below a descriptor (beneath.h), so
 * there is nothing to escape from, on either host.
 */
#include "kleened/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "host/file.h"
#include "kleened/beneath.h"

#define SHOWN	  256 /* bytes of a member's name in an error */
#define TIMES_MAX (1u << 20) /* directories whose times are kept in mind: a bomb has more */

/* A directory's time is set at the end, because members change it. */
struct dir_time {
	char *path;
	struct timespec mtime;
};

struct unpack {
	const struct archive_source *source;
	bool source_failed; /* its error is in *err already */
	char tail[512];

	struct archive *reader;
	struct archive_entry *entry;
	struct beneath files, links; /* parents of members, and of what hard links name */
	char member[SHOWN]; /* the name of the last one, printable */
	bool left_out; /* of its attributes, some are not set */

	struct archive_stats *stats;
	void (*progress)(void *arg, const struct archive_stats *stats);
	void *progress_arg;

	struct dir_time *times;
	size_t ntimes, times_size;
	struct error *err;
};

static void report(struct unpack *u)
{
	if (u->progress != NULL)
		u->progress(u->progress_arg, u->stats);
}

static int fail_errno(struct unpack *u, const char *what)
{
	return error_errno(u->err, errno, "cannot %s '%s'", what, u->member);
}

/* Keeps the last 512 bytes of the stream: a tar archive ends in zeros. */
static void keep_tail(struct unpack *u, const char *block, size_t n)
{
	size_t size = sizeof(u->tail);

	if (n >= size) {
		memcpy(u->tail, block + n - size, size);
		return;
	}
	memmove(u->tail, u->tail + n, size - n);
	memcpy(u->tail + size - n, block, n);
}

static la_ssize_t read_source(struct archive *a, void *arg, const void **block)
{
	struct unpack *u = arg;
	ssize_t n = u->source->read(u->source->arg, block, u->err);

	if (n < 0) {
		u->source_failed = true;
		archive_set_error(a, EIO, "%s", u->err->message);
		return ARCHIVE_FATAL;
	}
	keep_tail(u, *block, (size_t)n);
	return n;
}

/* libarchive's complaint, made into one line that says what is wrong with the archive. */
static int fail_archive(struct unpack *u)
{
	const char *why = archive_error_string(u->reader);

	if (u->source_failed)
		return -1;
	if (why == NULL)
		why = "unknown error";
	if (archive_errno(u->reader) == ENOMEM)
		return error_set(u->err, ERROR_SYSTEM, "cannot read the archive: %s", why);
	if (u->stats->members == 0 && strstr(why, "Unrecognized") != NULL)
		return error_set(u->err, ERROR_INVALID,
			"this is no tar archive, plain or compressed by gzip, bzip2, xz or zstd");
	const char *what = strcasestr(why, "truncated") ? "truncated" : "damaged";
	if (u->member[0] == '\0')
		return error_set(u->err, ERROR_INVALID, "the archive is %s: %s", what, why);
	return error_set(u->err, ERROR_INVALID, "the archive is %s after member '%s': %s", what,
		u->member, why);
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
		report(u);
	}
	if (rc != ARCHIVE_EOF)
		return fail_archive(u);
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

static int unpack_member(struct unpack *u)
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

static int unpack_all(struct unpack *u)
{
	int rc;

	while ((rc = archive_read_next_header(u->reader, &u->entry)) != ARCHIVE_EOF) {
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return fail_archive(u);
		u->left_out = false;
		if (unpack_member(u) != 0)
			return -1;
		u->stats->attributes += u->left_out ? 1 : 0;
		report(u);
	}
	return 0;
}

static bool is_plain(struct archive *a)
{
	return archive_filter_count(a) == 1; /* the source itself counts */
}

/*
 * The source is read to its end, so that its own checks apply, and the archive must have an end:
 * tar takes a file that ends between two members for complete, but it is more likely cut off.
 * Compressed ones are read to the end of the compression, which checks that itself.
 */
static int finish(struct unpack *u)
{
	static const char zeros[sizeof(u->tail)];
	const void *block;
	ssize_t n;

	while ((n = u->source->read(u->source->arg, &block, u->err)) > 0)
		keep_tail(u, block, (size_t)n);
	if (n < 0)
		return -1;
	if (u->stats->members == 0)
		return error_set(u->err, ERROR_INVALID, "the archive is empty");
	if (is_plain(u->reader) && memcmp(u->tail, zeros, sizeof(zeros)) != 0)
		return error_set(u->err, ERROR_INVALID,
			"the archive is truncated after member '%s'", u->member);
	return 0;
}

/* Last to first: a directory's own subdirectories come after it. */
static int set_times(struct unpack *u)
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

/* None but these: each further format or helper program is one more way in. */
static int open_reader(struct unpack *u)
{
	struct archive *a = u->reader;

	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
		archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
		archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
		archive_read_support_filter_xz(a) != ARCHIVE_OK ||
		archive_read_support_filter_zstd(a) != ARCHIVE_OK)
		return error_set(u->err, ERROR_SYSTEM,
			"this libarchive lacks tar, gzip, bzip2, xz or zstd: %s",
			archive_error_string(a));
	/* reads past the end mark, which makes the filters check the end of what they read */
	if (archive_read_set_option(a, "tar", "read_concatenated_archives", "1") != ARCHIVE_OK)
		return fail_archive(u);
	if (archive_read_open(a, u, NULL, read_source, NULL) != ARCHIVE_OK)
		return fail_archive(u);
	return 0;
}

static void unpack_free(struct unpack *u)
{
	for (size_t i = 0; i < u->ntimes; i++)
		free(u->times[i].path);
	free(u->times);
	beneath_free(&u->files);
	beneath_free(&u->links);
	archive_read_free(u->reader);
}

int archive_unpack(const struct archive_source *source, int dirfd, struct archive_stats *stats,
	void (*progress)(void *arg, const struct archive_stats *stats), void *progress_arg,
	struct error *err)
{
	struct unpack u = {
		.source = source,
		.stats = stats,
		.progress = progress,
		.progress_arg = progress_arg,
		.reader = archive_read_new(),
		.err = err,
	};
	/* names in pax headers are UTF-8; libarchive translates them to the thread's locale */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
	int rc;

	*stats = (struct archive_stats){0};
	beneath_init(&u.files, dirfd);
	beneath_init(&u.links, dirfd);
	if (u.reader == NULL)
		rc = error_set(err, ERROR_SYSTEM, "cannot read archives: out of memory");
	else if (open_reader(&u) != 0 || unpack_all(&u) != 0 || finish(&u) != 0)
		rc = -1;
	else
		rc = set_times(&u);
	unpack_free(&u);
	if (utf8 != (locale_t)0) {
		uselocale(before);
		freelocale(utf8);
	}
	return rc;
}
