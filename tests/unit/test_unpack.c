/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacking archives: all that a root file system has, and all that a hostile one tries. */
#include "tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "fetch/unpack.h"

struct fixture {
	char *dir; /* of the test */
	char *root; /* dir/root: what is unpacked into */
	int fd;
	char *tar; /* the archive, in memory */
	size_t len, at;
	size_t step; /* bytes a read gives */
	bool fail; /* the source fails at the end */
	struct archive *w;
	struct archive_stats stats;
	struct error err;
};

#define TAR_MAX (4u << 20)

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = tree_new();
	f->root = xasprintf("%s/root", f->dir);
	assert_int_equal(mkdir(f->root, 0755), 0);
	f->fd = open(f->root, O_RDONLY | O_DIRECTORY);
	f->tar = xmalloc(TAR_MAX);
	f->step = 10007;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	archive_write_free(f->w);
	close(f->fd);
	free(f->tar);
	free(f->root);
	tree_remove(f->dir);
	free(f);
	return 0;
}

static void begin(struct fixture *f, int format, int filter)
{
	f->w = archive_write_new();
	assert_int_equal(archive_write_add_filter(f->w, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format(f->w, format), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(f->w, f->tar, TAR_MAX, &f->len), ARCHIVE_OK);
}

static struct archive_entry *entry(const char *name, unsigned int type, unsigned int mode)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, mode);
	archive_entry_set_uid(e, 1234);
	archive_entry_set_gid(e, 5678);
	archive_entry_set_mtime(e, 1000000000, 0);
	return e;
}

/* Writes the member and frees it. */
static void put(struct fixture *f, struct archive_entry *e, const char *text)
{
	if (text != NULL)
		archive_entry_set_size(e, (la_int64_t)strlen(text));
	assert_int_equal(archive_write_header(f->w, e), ARCHIVE_OK);
	if (text != NULL)
		assert_int_equal(
			archive_write_data(f->w, text, strlen(text)), (la_ssize_t)strlen(text));
	archive_entry_free(e);
}

static void put_text(struct fixture *f, const char *name, const char *text)
{
	put(f, entry(name, AE_IFREG, 0644), text);
}

static void put_symlink(struct fixture *f, const char *name, const char *target)
{
	struct archive_entry *e = entry(name, AE_IFLNK, 0777);
	archive_entry_set_symlink(e, target);
	put(f, e, NULL);
}

static void put_hardlink(struct fixture *f, const char *name, const char *target)
{
	struct archive_entry *e = entry(name, AE_IFREG, 0644);
	archive_entry_set_hardlink(e, target);
	put(f, e, NULL);
}

static void end(struct fixture *f)
{
	assert_int_equal(archive_write_close(f->w), ARCHIVE_OK);
}

static ssize_t give(void *arg, const void **block, struct error *err)
{
	struct fixture *f = arg;
	size_t n = f->len - f->at < f->step ? f->len - f->at : f->step;

	if (n == 0 && f->fail)
		return error_set(err, ERROR_SYSTEM, "the line went dead");
	*block = f->tar + f->at;
	f->at += n;
	return (ssize_t)n;
}

static int unpack(struct fixture *f)
{
	struct archive_source source = {give, f};

	f->at = 0;
	return archive_unpack(&source, f->fd, &f->stats, NULL, NULL, &f->err);
}

static void ok(struct fixture *f)
{
	if (unpack(f) != 0)
		fail_msg("%s", f->err.message);
}

static void refused(struct fixture *f, const char *part)
{
	assert_int_equal(unpack(f), -1);
	if (strstr(f->err.message, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f->err.message);
	assert_null(strchr(f->err.message, '\n'));
}

static const char *in(const struct fixture *f, const char *sub)
{
	return at("%s/%s", f->root, sub);
}

static void clear(struct fixture *f)
{
	void *state = f;
	teardown(&state);
}

static const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2,
	ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
static const int formats[] = {
	ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FORMAT_TAR_GNUTAR};

static void test_formats(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(filters) * ARRAY_SIZE(formats); i++) {
		void *own;
		setup(&own);
		struct fixture *f = own;
		struct stat st;
		f->step = i % 2 ? 1 : 10007;
		begin(f, formats[i % ARRAY_SIZE(formats)], filters[i / ARRAY_SIZE(formats)]);
		put(f, entry("./", AE_IFDIR, 0700), NULL);
		put(f, entry("./dir", AE_IFDIR, 01750), NULL);
		put_text(f, "./dir/file", "text");
		put_text(f, "m/n/file", "deep");
		put(f, entry("dir/su", AE_IFREG, 06755), "program");
		put_symlink(f, "dir/link", "/etc/passwd");
		put_hardlink(f, "dir/hard", "./dir/file");
		put(f, entry("dir/fifo", AE_IFIFO, 0620), NULL);
		put(f, entry("dir/null", AE_IFCHR, 0666), NULL);
		end(f);
		ok(f);
		assert_file(in(f, "dir/file"), "text");
		assert_file(in(f, "m/n/file"), "deep");
		assert_int_equal(stat(in(f, "dir"), &st), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 01750);
		assert_int_equal(st.st_mtime, 1000000000);
		assert_int_equal(st.st_uid, 1234);
		assert_int_equal(stat(in(f, "dir/su"), &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 06755);
		assert_int_equal(st.st_gid, 5678);
		assert_int_equal(st.st_mtime, 1000000000);
		assert_int_equal(stat(in(f, "dir/hard"), &st), 0);
		assert_int_equal(st.st_nlink, 2);
		assert_link(in(f, "dir/link"), "/etc/passwd");
		assert_int_equal(lstat(in(f, "dir/link"), &st), 0);
		assert_int_equal(st.st_uid, 1234);
		assert_int_equal(lstat(in(f, "dir/fifo"), &st), 0);
		assert_int_equal(st.st_mode, S_IFIFO | 0620);
		assert_false(is_there(in(f, "dir/null")));
		assert_int_equal(f->stats.devices, 1);
		assert_int_equal(stat(f->root, &st), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0755);
		clear(f);
	}
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	char long_name[301]; /* more than the 100 bytes of a header */

	memset(long_name, 'n', sizeof(long_name));
	for (size_t i = 50; i < sizeof(long_name) - 1; i += 50)
		long_name[i] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	begin(f, ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE);
	put_text(f, "\xff\xfe", "bytes");
	put_text(f, "gr\xc3\xbc\xc3\x9f", "utf-8");
	put_text(f, "a\nb", "newline");
	put_text(f, long_name, "long");
	end(f);
	ok(f);
	assert_file(in(f, "\xff\xfe"), "bytes");
	assert_file(in(f, "gr\xc3\xbc\xc3\x9f"), "utf-8");
	assert_file(in(f, "a\nb"), "newline");
	assert_file(in(f, long_name), "long");
}

/* A pax header's names are UTF-8 whatever the locale. */
static void test_pax_names(void **state)
{
	struct fixture *f = *state;
	struct archive_entry *e = entry("x", AE_IFREG, 0644);

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8")); /* the writer needs it */
	begin(f, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
	archive_entry_set_pathname_utf8(e, "gr\xc3\xbc\xc3\x9f");
	put(f, e, "utf-8");
	end(f);
	assert_non_null(setlocale(LC_CTYPE, "C"));
	ok(f);
	assert_file(in(f, "gr\xc3\xbc\xc3\x9f"), "utf-8");
}

static void test_replaced(void **state)
{
	struct fixture *f = *state;

	put_file(at("%s/outside", f->dir), "keep");
	begin(f, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE);
	put_text(f, "file", "one");
	put_text(f, "file", "two");
	put_symlink(f, "link", "../outside");
	put_text(f, "link", "three");
	end(f);
	ok(f);
	assert_file(in(f, "file"), "two");
	assert_file(in(f, "link"), "three");
	assert_file(at("%s/outside", f->dir), "keep");
}

static struct archive_entry *with_xattr(struct archive_entry *e, const char *name)
{
	archive_entry_xattr_add_entry(e, name, "value", 5);
	return e;
}

static void test_attributes(void **state)
{
	/* VFS_CAP_REVISION_2 with CAP_NET_RAW, effective */
	static const unsigned char cap[20] = {1, 0, 0, 2, 0, 0x20};
	struct fixture *f = *state;
	struct archive_entry *e = entry("ping", AE_IFREG, 0755);
	char value[64];

	begin(f, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
	archive_entry_xattr_add_entry(e, "security.capability", cap, sizeof(cap));
	put(f, with_xattr(e, "user.test"), "x");
	put(f, with_xattr(entry("d", AE_IFDIR, 0755), "user.overlay.opaque"), NULL);
	put(f, with_xattr(entry("t", AE_IFREG, 0755), "trusted.overlay.redirect"), "x");
	end(f);
	ok(f);
	assert_int_equal(getxattr(in(f, "ping"), "user.test", value, sizeof(value)), 5);
	assert_int_equal(getxattr(in(f, "ping"), "security.capability", value, sizeof(value)), 20);
	assert_memory_equal(value, cap, sizeof(cap));
	assert_int_equal(listxattr(in(f, "d"), NULL, 0), 0);
	assert_int_equal(listxattr(in(f, "t"), NULL, 0), 0);
	assert_int_equal(f->stats.attributes, 2);
}

static void test_acl(void **state)
{
	struct fixture *f = *state;
	struct archive_entry *e = entry("d", AE_IFDIR, 0750);
	char value[256];
	static const int types[] = {ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT};

	begin(f, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		archive_entry_acl_add_entry(e, types[i], 7, ARCHIVE_ENTRY_ACL_USER_OBJ, -1, NULL);
		archive_entry_acl_add_entry(e, types[i], 5, ARCHIVE_ENTRY_ACL_USER, 4242, "u");
		archive_entry_acl_add_entry(e, types[i], 5, ARCHIVE_ENTRY_ACL_GROUP_OBJ, -1, NULL);
		archive_entry_acl_add_entry(e, types[i], 5, ARCHIVE_ENTRY_ACL_MASK, -1, NULL);
		archive_entry_acl_add_entry(e, types[i], 0, ARCHIVE_ENTRY_ACL_OTHER, -1, NULL);
	}
	put(f, e, NULL);
	end(f);
	ok(f);
	/* 4 bytes of version, 8 for each of the 5 entries; the second is the user's */
	assert_int_equal(getxattr(in(f, "d"), "system.posix_acl_access", value, sizeof(value)), 44);
	assert_int_equal(*(uint32_t *)(value + 4 + 8 + 4), 4242);
	assert_int_equal(
		getxattr(in(f, "d"), "system.posix_acl_default", value, sizeof(value)), 44);
}

static void test_sparse(void **state)
{
	struct fixture *f = *state;
	struct archive_entry *e = entry("sparse", AE_IFREG, 0644);
	la_int64_t size = 1 << 20;
	static char zeros[4096];
	struct stat st;

	begin(f, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
	archive_entry_set_size(e, size);
	archive_entry_sparse_add_entry(e, 512 * 1024, 4096);
	assert_int_equal(archive_write_header(f->w, e), ARCHIVE_OK);
	for (la_int64_t i = 0; i < size; i += 4096) {
		memset(zeros, i == 512 * 1024 ? 'x' : 0, sizeof(zeros));
		assert_int_equal(archive_write_data(f->w, zeros, 4096), 4096);
	}
	archive_entry_free(e);
	end(f);
	assert_true(f->len < 100000);
	ok(f);
	assert_int_equal(stat(in(f, "sparse"), &st), 0);
	assert_int_equal(st.st_size, size);
	assert_true(st.st_blocks * 512 < size / 2);
	int fd = open(in(f, "sparse"), O_RDONLY);
	assert_int_equal(pread(fd, zeros, 1, 512 * 1024 + 4095), 1);
	assert_int_equal(zeros[0], 'x');
	assert_int_equal(pread(fd, zeros, 1, 512 * 1024 + 4096), 1);
	assert_int_equal(zeros[0], 0);
	close(fd);
}

/* Members that must not be unpacked, each in an archive of its own. */
static void test_malicious_names(void **state)
{
	static const char *const names[] = {"../outside", "/outside", "a/../../outside", "a/..",
		"..", "./../outside", "//outside", "a/b/../c"};

	for (size_t i = 0; i < ARRAY_SIZE(names) * ARRAY_SIZE(filters); i++) {
		const char *name = names[i % ARRAY_SIZE(names)];
		void *own;
		setup(&own);
		struct fixture *f = own;
		begin(f, ARCHIVE_FORMAT_TAR_USTAR, filters[i / ARRAY_SIZE(names)]);
		put_text(f, "before", "x");
		put_text(f, name, "evil");
		end(f);
		refused(f, name);
		assert_int_equal(f->err.kind, ERROR_INVALID);
		assert_false(is_there(at("%s/outside", f->dir)));
		assert_false(is_there("/outside"));
		clear(f);
	}
}

static void test_through_links(void **state)
{
	static const char *const targets[] = {"/", "..", "../..", ".", "/etc", "dir"};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		void *own;
		setup(&own);
		struct fixture *f = own;
		begin(f, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE);
		put(f, entry("dir", AE_IFDIR, 0755), NULL);
		put_symlink(f, "dir/link", targets[i]);
		put_text(f, "dir/link/outside", "evil");
		end(f);
		refused(f,
			"'dir/link/outside' is refused: a directory on the way is a symbolic link");
		assert_false(is_there(at("%s/outside", f->dir)));
		assert_false(is_there(in(f, "outside")));
		clear(f);
	}
}

/* A directory that is in the cache of parents must not be replaced by a link. */
static void test_directory_becomes_link(void **state)
{
	struct fixture *f = *state;

	begin(f, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE);
	put_text(f, "dir/file", "x");
	put_symlink(f, "dir", "/etc");
	put_text(f, "dir/evil", "x");
	end(f);
	refused(f, "there is a directory of this name");
	assert_false(is_there("/etc/evil"));
}

static void test_hard_links(void **state)
{
	static const char *const targets[] = {
		"../outside", "/etc/passwd", "none", "link/outside", "."};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		void *own;
		setup(&own);
		struct fixture *f = own;
		put_file(at("%s/outside", f->dir), "secret");
		begin(f, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE);
		put_symlink(f, "link", "..");
		put_hardlink(f, "hard", targets[i]);
		end(f);
		refused(f, "hard");
		assert_false(is_there(in(f, "hard")));
		clear(f);
	}
}

/* A hard link to a symbolic link is the link, and writing over it leaves its target alone. */
static void test_hard_link_to_link(void **state)
{
	struct fixture *f = *state;

	put_file(at("%s/outside", f->dir), "keep");
	begin(f, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE);
	put_symlink(f, "link", "../outside");
	put_hardlink(f, "hard", "link");
	put_text(f, "hard", "evil");
	end(f);
	ok(f);
	assert_file(in(f, "hard"), "evil");
	assert_link(in(f, "link"), "../outside");
	assert_file(at("%s/outside", f->dir), "keep");
}

static void test_other_formats(void **state)
{
	static const char *const others[] = {"zip", "odc", "newc", "arbsd", "mtree", "7zip"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		void *own;
		setup(&own);
		struct fixture *f = own;
		f->w = archive_write_new();
		assert_int_equal(archive_write_set_format_by_name(f->w, others[i]), ARCHIVE_OK);
		assert_int_equal(
			archive_write_open_memory(f->w, f->tar, TAR_MAX, &f->len), ARCHIVE_OK);
		put_text(f, "file", "text");
		end(f);
		refused(f, "no tar archive");
		assert_false(is_there(in(f, "file")));
		clear(f);
	}
	struct fixture *f = *state;
	refused(f, "no tar archive"); /* of no bytes */
	memset(f->tar, 0, f->len = 10240);
	refused(f, "archive is empty");
	memset(f->tar, 'x', f->len);
	refused(f, "no tar archive");
}

static void make_large(struct fixture *f, int filter)
{
	uint32_t random = 1;
	char text[3000];

	begin(f, ARCHIVE_FORMAT_TAR_USTAR, filter);
	for (int i = 0; i < 40; i++) {
		for (size_t k = 0; k + 1 < sizeof(text); k++)
			text[k] = (char)('a' + ((random = random * 1103515245 + 12345) >> 16) % 26);
		text[sizeof(text) - 1] = '\0';
		put_text(f, at("file%d", i), text);
	}
	end(f);
}

/* Cut at any place, also between two members. */
static void test_truncated(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		for (size_t part = 1; part <= 16; part++) {
			void *own;
			setup(&own);
			struct fixture *f = own;
			make_large(f, filters[i]);
			/* libarchive pads a plain archive to 10240 with zeros: 1024 suffice */
			size_t whole = filters[i] == ARCHIVE_FILTER_NONE ? 40 * 3584 : f->len - 1;
			f->len = whole * part / 16;
			refused(f, "");
			assert_int_equal(f->err.kind, ERROR_INVALID);
			if (strstr(f->err.message, "truncated") == NULL &&
				strstr(f->err.message, "damaged") == NULL &&
				strstr(f->err.message, "no tar archive") == NULL)
				fail_msg("%s", f->err.message);
			if (filters[i] == ARCHIVE_FILTER_NONE && part == 8)
				assert_string_equal(f->err.message,
					"the archive is truncated after member 'file19'");
			clear(f);
		}
	}
}

/* Each bit of what gzip has compressed counts; its header has a few that do not. */
static void test_damaged_gzip(void **state)
{
	const size_t header = 10;
	size_t len = 0;

	for (size_t i = 0; i < 100; i++) {
		void *own;
		setup(&own);
		struct fixture *f = own;
		make_large(f, ARCHIVE_FILTER_GZIP);
		len = f->len;
		f->tar[header + (len - header - 1) * i / 99] ^= 1 << i % 8;
		refused(f, "");
		assert_int_equal(f->err.kind, ERROR_INVALID);
		clear(f);
	}
}

static void test_damaged(void **state)
{
	struct fixture *f = *state;

	make_large(f, ARCHIVE_FILTER_NONE);
	memset(f->tar + 5 * 3584, 'x', 512);
	refused(f, "archive is damaged after member 'file4'");
}

static void test_source_fails(void **state)
{
	struct fixture *f = *state;

	make_large(f, ARCHIVE_FILTER_GZIP);
	f->fail = true;
	refused(f, "the line went dead");
	f->len /= 2;
	refused(f, "the line went dead");
	assert_string_equal(f->err.message, "the line went dead");
}

static void test_disk_full(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mount("tmpfs", f->root, "tmpfs", 0, "size=64k"), 0);
	close(f->fd);
	f->fd = open(f->root, O_RDONLY | O_DIRECTORY);
	make_large(f, ARCHIVE_FILTER_NONE);
	int rc = unpack(f);
	close(f->fd);
	f->fd = -1;
	assert_int_equal(umount2(f->root, MNT_DETACH), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(f->err.code, ENOSPC);
	assert_non_null(strstr(f->err.message, "cannot write 'file"));
}

static void test_owner_out_of_range(void **state)
{
	struct fixture *f = *state;
	struct archive_entry *e = entry("file", AE_IFREG, 0644);

	begin(f, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
	archive_entry_set_uid(e, 0xffffffff);
	put(f, e, "x");
	end(f);
	refused(f, "'file' is refused: its owner is out of range");
}

/* Names of members do not forge output lines or flood it. */
static void test_printable(void **state)
{
	struct fixture *f = *state;
	char name[2000];

	memset(name, 'x', sizeof(name));
	memcpy(name, "../\n\033[31m", 9);
	name[sizeof(name) - 1] = '\0';
	begin(f, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
	put_text(f, name, "x");
	end(f);
	refused(f, "../??[31m");
	assert_true(strlen(f->err.message) < 400);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		TEST(test_names),
		TEST(test_pax_names),
		TEST(test_replaced),
		TEST(test_attributes),
		TEST(test_acl),
		TEST(test_sparse),
		cmocka_unit_test(test_malicious_names),
		cmocka_unit_test(test_through_links),
		TEST(test_directory_becomes_link),
		cmocka_unit_test(test_hard_links),
		TEST(test_hard_link_to_link),
		TEST(test_other_formats),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged_gzip),
		TEST(test_damaged),
		TEST(test_source_fails),
		TEST(test_disk_full),
		TEST(test_owner_out_of_range),
		TEST(test_printable),
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77; /* skipped */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
