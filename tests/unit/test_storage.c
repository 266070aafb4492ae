/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay storage driver. Needs root, and a file system under TMPDIR that overlayfs can use. */
#include "tree.h"

#include <dirent.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "base/id.h"
#include "base/log.h"
#include "host/storage.h"

#define A "aaaaaaaaaaaa"
#define B "bbbbbbbbbbbb"
#define N "cccccccccccc"

struct fixture {
	char *dir;
	char *root;
	struct storage *st;
	struct error err;
};

static void reopen(struct fixture *f)
{
	storage_close(f->st);
	f->st = storage_open(f->root, &f->err);
	if (f->st == NULL)
		fail_msg("%s", f->err.message);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	log_off();
	f->dir = tree_new();
	f->root = xasprintf("%s/a/root", f->dir);
	reopen(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	storage_close(f->st);
	tree_remove(f->dir);
	free(f->root);
	free(f);
	return 0;
}

static const char *in(const struct fixture *f, const char *sub)
{
	return at("%s/%s", f->root, sub);
}

static void ok(struct fixture *f, int rc)
{
	if (rc != 0)
		fail_msg("%s", f->err.message);
}

static void refused(struct fixture *f, int rc, enum error_kind kind, const char *part)
{
	assert_int_equal(rc, -1);
	assert_int_equal(f->err.kind, kind);
	if (strstr(f->err.message, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f->err.message);
}

/* How many directories are in it, but for the places of the daemon's own files. */
static size_t count(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.' && strncmp(e->d_name, "place-", 6) != 0;
	closedir(d);
	return n;
}

/* An image with one file and the snapshot s1, and a clone of it. */
static void make_image_and_clone(struct fixture *f)
{
	ok(f, storage_create(f->st, "image/" A, &f->err));
	put_file(in(f, "image/" A "/upper/file"), "one");
	ok(f, storage_snapshot(f->st, "image/" A, "s1", &f->err));
	ok(f, storage_clone(f->st, "image/" A, "s1", "container/" B, &f->err));
}

static void test_create(void **state)
{
	struct fixture *f = *state;
	struct strings list = {0};
	struct rootfs root;
	struct stat st;

	assert_int_equal(stat(f->root, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_string_equal(storage_directory(f->st), f->root);
	ok(f, storage_create(f->st, "volume/v.1", &f->err));
	refused(f, storage_create(f->st, "volume/v.1", &f->err), ERROR_CONFLICT, "volume/v.1");
	refused(f, storage_create(f->st, "volume/../x", &f->err), ERROR_INVALID, "volume/../x");
	refused(f, storage_create(f->st, "other/x", &f->err), ERROR_INVALID, "other/x");
	assert_true(storage_exists(f->st, "volume/v.1"));
	assert_false(storage_exists(f->st, "volume/v.2"));
	int fd = storage_open_contents(f->st, "volume/v.1", &f->err);
	assert_true(fd >= 0);
	assert_int_equal(mkdirat(fd, "made", 0755), 0);
	close(fd);
	assert_true(is_there(in(f, "volume/v.1/upper/made")));
	refused(f, storage_open_contents(f->st, "volume/v.2", &f->err), ERROR_NOT_FOUND, "v.2");
	ok(f, storage_rootfs(f->st, "volume/v.1", &root, &f->err));
	assert_string_equal(root.path, in(f, "volume/v.1/upper"));
	assert_null(root.lower);
	assert_null(root.base);
	rootfs_free(&root);
	ok(f, storage_list(f->st, &list, &f->err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0], "volume/v.1");
	strings_free(&list);
	AUTO_FREE char *name = storage_dataset_name(f->st, "volume/v.1");
	assert_string_equal(name, in(f, "volume/v.1"));
}

static void test_umask(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	mode_t old = umask(077);

	ok(f, storage_create(f->st, "image/" A, &f->err));
	umask(old);
	assert_int_equal(stat(in(f, "image/" A "/upper"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

static void test_snapshot_and_clone(void **state)
{
	struct fixture *f = *state;
	char first[64], second[64];
	struct rootfs root;

	make_image_and_clone(f);
	ok(f, storage_rootfs(f->st, "container/" B, &root, &f->err));
	assert_string_equal(root.path, in(f, "container/" B));
	assert_string_equal(root.base, in(f, "layer"));
	assert_true(id_valid(root.lower));
	assert_file(at("%s/%s/file", root.base, root.lower), "one");
	snprintf(first, sizeof(first), "%s", root.lower);
	rootfs_free(&root);
	assert_false(is_there(in(f, "image/" A "/upper/file")));

	/* nothing was written since: the same chain */
	ok(f, storage_snapshot(f->st, "image/" A, "s2", &f->err));
	assert_link(in(f, "image/" A "/snapshots/s2"), first);
	put_file(in(f, "image/" A "/upper/more"), "two");
	ok(f, storage_snapshot(f->st, "image/" A, "s3", &f->err));
	ok(f, storage_rootfs(f->st, "image/" A, &root, &f->err));
	snprintf(second, sizeof(second), "%s", root.lower);
	rootfs_free(&root);
	assert_int_equal(strlen(second), 25);
	assert_string_equal(second + 13, first);
	assert_link(in(f, "image/" A "/snapshots/s3"), second);
	assert_link(in(f, "image/" A "/snapshots/s1"), first);
	refused(f, storage_snapshot(f->st, "image/" A, "s3", &f->err), ERROR_CONFLICT, "s3");
	refused(f, storage_clone(f->st, "image/" A, "no", "container/x", &f->err), ERROR_NOT_FOUND,
		"no snapshot no");
	refused(f, storage_clone(f->st, "image/" A, "s3", "container/" B, &f->err), ERROR_CONFLICT,
		"container/" B);
	assert_int_equal(count(in(f, "layer")), 2);
	reopen(f);
	assert_link(in(f, "image/" A "/lower"), second);
	assert_int_equal(count(in(f, "layer")), 2);
}

static void test_base_snapshot_of_nothing(void **state)
{
	struct fixture *f = *state;

	ok(f, storage_create(f->st, "image/" A, &f->err));
	ok(f, storage_snapshot(f->st, "image/" A, "s", &f->err));
	ok(f, storage_clone(f->st, "image/" A, "s", "container/" B, &f->err));
	assert_true(storage_exists(f->st, "container/" B));
}

/* What the chain says is what the kernel shows. */
static void test_mounted(void **state)
{
	struct fixture *f = *state;
	struct rootfs root;

	ok(f, storage_create(f->st, "image/" A, &f->err));
	put_file(in(f, "image/" A "/upper/file"), "one");
	put_file(in(f, "image/" A "/upper/gone"), "x");
	ok(f, storage_snapshot(f->st, "image/" A, "s1", &f->err));
	put_file(in(f, "image/" A "/upper/file"), "two");
	assert_int_equal(mknod(in(f, "image/" A "/upper/gone"), S_IFCHR, 0), 0);
	ok(f, storage_snapshot(f->st, "image/" A, "s2", &f->err));
	ok(f, storage_clone(f->st, "image/" A, "s2", "container/" B, &f->err));
	ok(f, storage_rootfs(f->st, "container/" B, &root, &f->err));
	AUTO_FREE char *mnt = xstrdup(at("%s/mnt", f->dir));
	assert_int_equal(mkdir(mnt, 0755), 0);
	assert_int_equal(chdir(root.base), 0);
	int rc = mount("overlay", mnt, "overlay", 0,
		at("userxattr,lowerdir=%s,upperdir=%s/upper,workdir=%s/work", root.lower, root.path,
			root.path));
	assert_int_equal(chdir("/"), 0);
	rootfs_free(&root);
	assert_int_equal(rc, 0);
	assert_file(at("%s/file", mnt), "two");
	assert_false(is_there(at("%s/gone", mnt)));
	put_file(at("%s/new", mnt), "three");
	assert_int_equal(umount2(mnt, 0), 0);
	assert_file(in(f, "container/" B "/upper/new"), "three");
	ok(f, storage_destroy(f->st, "container/" B, &f->err));
	assert_int_equal(count(in(f, "trash")), 0);
}

static void test_dependents(void **state)
{
	struct fixture *f = *state;

	make_image_and_clone(f);
	refused(f, storage_destroy(f->st, "image/" A, &f->err), ERROR_CONFLICT, "container/" B);
	assert_true(storage_exists(f->st, "image/" A));
	/* an image built on the clone: depends on both */
	put_file(in(f, "container/" B "/upper/more"), "two");
	ok(f, storage_snapshot(f->st, "container/" B, "s", &f->err));
	ok(f, storage_clone(f->st, "container/" B, "s", "image/built", &f->err));
	refused(f, storage_destroy(f->st, "container/" B, &f->err), ERROR_CONFLICT, "image/built");
	ok(f, storage_rename(f->st, "container/" B, "container/other", &f->err));
	refused(f, storage_destroy(f->st, "container/other", &f->err), ERROR_CONFLICT,
		"image/built");
	ok(f, storage_destroy(f->st, "image/built", &f->err));
	assert_int_equal(count(in(f, "layer")), 2);
	ok(f, storage_destroy(f->st, "container/other", &f->err));
	assert_int_equal(count(in(f, "layer")), 1);
	ok(f, storage_destroy(f->st, "image/" A, &f->err));
	ok(f, storage_destroy(f->st, "image/" A, &f->err));
	assert_int_equal(count(in(f, "layer")), 0);
	assert_int_equal(count(in(f, "trash")), 0);
}

static void test_rename(void **state)
{
	struct fixture *f = *state;

	make_image_and_clone(f);
	ok(f, storage_rename(f->st, "image/" A, "image/new", &f->err));
	ok(f, storage_clone(f->st, "image/new", "s1", "container/c2", &f->err));
	refused(f, storage_rename(f->st, "container/c2", "container/" B, &f->err), ERROR_CONFLICT,
		B);
	refused(f, storage_rename(f->st, "container/no", "container/x", &f->err), ERROR_NOT_FOUND,
		"container/no");
}

/* The daemon's own view of a dataset: layers as one, and again after each snapshot. */
static void test_open_root(void **state)
{
	struct fixture *f = *state;

	make_image_and_clone(f);
	for (int i = 0; i < 3; i++) {
		int fd = storage_open_root(f->st, "container/" B, &f->err), file;

		ok(f, fd < 0 ? -1 : 0);
		assert_true(faccessat(fd, i == 0 ? "." : "new0", F_OK, 0) == 0);
		file = openat(fd, at("new%d", i), O_WRONLY | O_CREAT | O_EXCL, 0600);
		assert_true(file >= 0);
		close(file);
		close(fd);
		assert_true(is_there(in(f, at("container/" B "/upper/new%d", i))));
		ok(f, storage_snapshot_unsynced(f->st, "container/" B, at("t%d", i), &f->err));
		ok(f, storage_sync(f->st, "container/" B, &f->err));
		assert_false(is_there(in(f, at("container/" B "/upper/new%d", i))));
	}
	/* nothing new: no layer, and still a snapshot */
	ok(f, storage_snapshot_unsynced(f->st, "container/" B, "same", &f->err));
	ok(f, storage_sync(f->st, "container/" B, &f->err));
	ok(f, storage_clone(f->st, "container/" B, "same", "container/c3", &f->err));
	refused(f, storage_open_root(f->st, "container/none", &f->err), ERROR_NOT_FOUND, "none");
}

static void test_too_many_layers(void **state)
{
	struct fixture *f = *state;
	int i, rc = 0;

	ok(f, storage_create(f->st, "image/" A, &f->err));
	for (i = 0; i < 300 && rc == 0; i++) {
		/* what is folded does not count */
		assert_int_equal(mkfifo(in(f, at("image/" A "/upper/%d", i)), 0600), 0);
		rc = storage_snapshot(f->st, "image/" A, at("s%d", i), &f->err);
	}
	refused(f, rc, ERROR_TOO_LARGE, "too many layers");
	assert_true(i > 70);
	assert_true(is_there(in(f, at("image/" A "/upper/%d", i - 1))));
	ok(f, storage_destroy(f->st, "image/" A, &f->err));
	assert_int_equal(count(in(f, "layer")), 0);
}

/* The states that an interrupted snapshot can leave, by the number of steps done (layers.c). */
static void interrupt_snapshot(struct fixture *f, int steps)
{
	char chain[64] = "", grown[128];
	AUTO_FREE char *ds = xstrdup(in(f, "image/" A));

	ok(f, storage_create(f->st, "image/" A, &f->err));
	put_file(in(f, "image/" A "/upper/file"), "one");
	ok(f, storage_snapshot(f->st, "image/" A, "s1", &f->err));
	put_file(in(f, "image/" A "/upper/file"), "two");
	assert_true(readlink(in(f, "image/" A "/lower"), chain, sizeof(chain) - 1) > 0);
	snprintf(grown, sizeof(grown), N ":%s", chain);
	if (steps >= 1)
		assert_int_equal(symlink(grown, at("%s/snapshots/.s2", ds)), 0);
	if (steps >= 2)
		assert_int_equal(symlink(grown, at("%s/lower.new", ds)), 0);
	if (steps >= 3)
		assert_int_equal(mkdir(at("%s/upper.new", ds), 0755), 0);
	if (steps >= 4)
		assert_int_equal(rename(at("%s/upper", ds), in(f, "layer/" N)), 0);
	if (steps >= 5)
		assert_int_equal(rename(at("%s/lower.new", ds), at("%s/lower", ds)), 0);
	if (steps >= 6)
		assert_int_equal(rename(at("%s/upper.new", ds), at("%s/upper", ds)), 0);
}

static void test_interrupted_snapshot(void **state)
{
	for (int steps = 0; steps <= 6; steps++) {
		void *own = NULL;
		setup(&own);
		struct fixture *f = own;
		interrupt_snapshot(f, steps);
		reopen(f);
		bool done = steps >= 4;
		assert_int_equal(is_there(in(f, "image/" A "/snapshots/s2")), done);
		assert_int_equal(is_there(in(f, "image/" A "/upper/file")), !done);
		assert_int_equal(is_there(in(f, "layer/" N "/file")), done);
		assert_false(is_there(in(f, "image/" A "/snapshots/.s2")));
		assert_false(is_there(in(f, "image/" A "/lower.new")));
		assert_false(is_there(in(f, "image/" A "/upper.new")));
		if (!done)
			ok(f, storage_snapshot(f->st, "image/" A, "s2", &f->err));
		ok(f, storage_clone(f->st, "image/" A, "s2", "container/" B, &f->err));
		refused(f, storage_destroy(f->st, "image/" A, &f->err), ERROR_CONFLICT, B);
		ok(f, storage_destroy(f->st, "container/" B, &f->err));
		ok(f, storage_destroy(f->st, "image/" A, &f->err));
		assert_int_equal(count(in(f, "layer")), 0);
		teardown(&own);
	}
}

static void test_interrupted_create(void **state)
{
	struct fixture *f = *state;

	make_image_and_clone(f);
	assert_int_equal(mkdir(in(f, "container/x"), 0755), 0);
	assert_int_equal(mkdir(in(f, "container/x/work"), 0755), 0);
	assert_int_equal(symlink(A, in(f, "container/x/lower")), 0);
	assert_false(storage_exists(f->st, "container/x"));
	/* made again at once, or removed at the next start */
	ok(f, storage_clone(f->st, "image/" A, "s1", "container/x", &f->err));
	assert_int_equal(rmdir(in(f, "container/x/upper")), 0);
	reopen(f);
	assert_false(is_there(in(f, "container/x")));
	assert_true(storage_exists(f->st, "container/" B));
}

static void test_interrupted_destroy(void **state)
{
	struct fixture *f = *state;

	make_image_and_clone(f);
	ok(f, storage_destroy(f->st, "container/" B, &f->err));
	assert_int_equal(mkdir(in(f, "layer/" N), 0755), 0); /* nobody's: stays */
	assert_int_equal(rename(in(f, "image/" A), in(f, "trash/dataset-" A)), 0);
	assert_int_equal(mkdir(in(f, "trash/tree-" A), 0755), 0);
	put_file(in(f, "trash/tree-" A "/file"), "");
	reopen(f);
	assert_int_equal(count(in(f, "trash")), 0);
	assert_int_equal(count(in(f, "layer")), 1);
	assert_true(is_there(in(f, "layer/" N)));
}

/* What a container moved into the trash as a tree must not be taken for a dataset. */
static void test_forged_dataset_in_trash(void **state)
{
	struct fixture *f = *state;

	make_image_and_clone(f);
	assert_int_equal(mkdir(in(f, "layer/" N), 0755), 0);
	assert_int_equal(mkdir(in(f, "trash/tree-" B), 0755), 0);
	assert_int_equal(symlink(N, in(f, "trash/tree-" B "/lower")), 0);
	assert_int_equal(symlink("-", in(f, "trash/tree-" B "/origin")), 0);
	reopen(f);
	assert_true(is_there(in(f, "layer/" N)));
	assert_int_equal(count(in(f, "trash")), 0);
}

static void test_strangers_left_alone(void **state)
{
	struct fixture *f = *state;
	struct strings list = {0};

	assert_int_equal(mkdir(in(f, "container/x"), 0755), 0);
	put_file(in(f, "container/x/mine"), "precious");
	put_file(in(f, "image/lost+found"), "");
	put_file(in(f, "kleened.db"), "");
	reopen(f);
	assert_file(in(f, "container/x/mine"), "precious");
	assert_true(is_there(in(f, "image/lost+found")));
	assert_true(is_there(in(f, "kleened.db")));
	ok(f, storage_list(f->st, &list, &f->err));
	assert_int_equal(list.n, 0);
}

static void set_flags(const char *path, int flags)
{
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0)
		print_message("no flags on this file system: %s\n", strerror(errno));
	close(fd);
}

/* Deeper than a path can be long, far deeper than descriptors could be held open. */
static void make_deep(const char *dir, int levels)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < levels; i++) {
		assert_int_equal(mkdirat(fd, "dddddddddd", 0000), 0);
		int next = openat(fd, "dddddddddd", O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
}

static void test_hostile_trees(void **state)
{
	struct fixture *f = *state;

	ok(f, storage_create(f->st, "container/" B, &f->err));
	AUTO_FREE char *up = xstrdup(in(f, "container/" B "/upper"));
	put_file(at("%s/outside", f->dir), "keep");
	make_deep(up, 3000);
	assert_int_equal(symlink(f->dir, at("%s/link", up)), 0);
	assert_int_equal(symlink("/", at("%s/link\n\xff", up)), 0);
	assert_int_equal(mkfifo(at("%s/fifo", up), 0000), 0);
	assert_int_equal(mknod(at("%s/null", up), S_IFCHR | 0666, makedev(1, 3)), 0);
	put_file(at("%s/-rf *", up), "");
	assert_int_equal(mkdir(at("%s/i", up), 0755), 0);
	assert_int_equal(mkdir(at("%s/i/full", up), 0755), 0);
	put_file(at("%s/i/full/file", up), "");
	put_file(at("%s/i/append", up), "");
	set_flags(at("%s/i/append", up), FS_APPEND_FL);
	set_flags(at("%s/i/full/file", up), FS_IMMUTABLE_FL);
	set_flags(at("%s/i/full", up), FS_APPEND_FL);
	set_flags(at("%s/i", up), FS_IMMUTABLE_FL);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(link(at("%s/-rf *", up), at("%s/n%d", up, i)), 0);
	ok(f, storage_destroy(f->st, "container/" B, &f->err));
	assert_int_equal(count(in(f, "trash")), 0);
	assert_int_equal(count(in(f, "container")), 0);
	assert_file(at("%s/outside", f->dir), "keep");
}

/* The contents of a file system that is mounted below must survive. */
static void test_mount_in_tree(void **state)
{
	struct fixture *f = *state;

	ok(f, storage_create(f->st, "container/" B, &f->err));
	AUTO_FREE char *sub = xstrdup(in(f, "container/" B "/upper/mnt"));
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_int_equal(mount("tmpfs", sub, "tmpfs", 0, NULL), 0);
	int fd = open(sub, O_RDONLY | O_DIRECTORY);
	put_file(at("%s/file", sub), "keep");
	ok(f, storage_destroy(f->st, "container/" B, &f->err));
	assert_false(storage_exists(f->st, "container/" B));
	assert_int_equal(faccessat(fd, "file", F_OK, 0), 0);
	AUTO_FREE char *where = xasprintf("/proc/self/fd/%d", fd);
	assert_int_equal(umount2(where, MNT_DETACH), 0);
	close(fd);
	reopen(f);
	assert_int_equal(count(in(f, "trash")), 0);
}

static void test_root_checks(void **state)
{
	struct fixture *f = *state;
	struct storage *st;

	st = storage_open(f->root, &f->err);
	refused(f, st ? 0 : -1, ERROR_SYSTEM, "in use by another daemon");
	st = storage_open("relative", &f->err);
	refused(f, st ? 0 : -1, ERROR_INVALID, "'relative'");
	st = storage_open(at("%s/a,b", f->dir), &f->err);
	refused(f, st ? 0 : -1, ERROR_INVALID, "a,b");
	put_file(at("%s/file", f->dir), "");
	st = storage_open(at("%s/file", f->dir), &f->err);
	refused(f, st ? 0 : -1, ERROR_SYSTEM, "file");
	assert_int_equal(chmod(f->dir, 0755), 0);
	st = storage_open(f->dir, &f->err);
	refused(f, st ? 0 : -1, ERROR_INVALID, "open to other users");
	st = storage_open("/proc/kleene", &f->err);
	refused(f, st ? 0 : -1, ERROR_SYSTEM, "/proc/kleene");
}

static void test_overlay_root_refused(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 4; i++)
		assert_int_equal(mkdir(at("%s/%d", f->dir, i), 0700), 0);
	AUTO_FREE char *mnt = xstrdup(at("%s/3", f->dir));
	assert_int_equal(
		mount("overlay", mnt, "overlay", 0,
			at("lowerdir=%s/0,upperdir=%s/1,workdir=%s/2", f->dir, f->dir, f->dir)),
		0);
	struct storage *st = storage_open(mnt, &f->err);
	assert_int_equal(umount2(mnt, 0), 0);
	refused(f, st ? 0 : -1, ERROR_INVALID, "overlayfs");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* ZFS's ways of making an image are refused in words that say why. */
static void test_import_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(storage_import(f->st, "zroot/a", true, "image/" A, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_INVALID);
	assert_non_null(strstr(f->err.message, "zfs-copy"));
	assert_non_null(strstr(f->err.message, "overlay"));
	assert_int_equal(storage_import(f->st, "zroot/a", false, "image/" A, &f->err), -1);
	assert_non_null(strstr(f->err.message, "zfs-clone"));
	assert_false(storage_exists(f->st, "image/" A));
}

/* A file of so many blocks of 4 KiB. */
static void put_blocks(const char *path, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	char block[4096];

	memset(block, 'x', sizeof(block));
	assert_true(fd >= 0);
	while (n-- > 0)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

#define MB (1U << 20)

/* Up to a few directories and blocks of the file system's own. */
static void assert_size(
	struct fixture *f, const char *dataset, unsigned int own, unsigned int shared)
{
	struct storage_size size;

	ok(f, storage_size(f->st, dataset, &size, &f->err));
	assert_in_range(size.own, own * MB, own * MB + MB / 2);
	assert_in_range(size.shared, shared * MB, shared * MB + MB / 2);
}

static void test_size(void **state)
{
	struct fixture *f = *state;
	struct storage_size size;

	ok(f, storage_create(f->st, "image/" A, &f->err));
	put_blocks(in(f, "image/" A "/upper/file"), 3 * 256);
	ok(f, storage_snapshot(f->st, "image/" A, "s1", &f->err));
	put_blocks(in(f, "image/" A "/upper/file"), 2 * 256); /* over that one, which stays */
	assert_size(f, "image/" A, 5, 0);
	ok(f, storage_snapshot(f->st, "image/" A, "s2", &f->err));
	ok(f, storage_clone(f->st, "image/" A, "s1", "container/" B, &f->err));
	ok(f, storage_clone(f->st, "image/" A, "s2", "image/" N, &f->err));
	assert_size(f, "image/" A, 5, 0);
	assert_size(f, "container/" B, 0, 3);
	assert_size(f, "image/" N, 0, 5);
	/* once, whatever its names; holes, links and what they lead to take nothing */
	put_blocks(in(f, "container/" B "/upper/one"), 4 * 256);
	AUTO_FREE char *one = xstrdup(in(f, "container/" B "/upper/one"));
	assert_int_equal(mkdir(in(f, "container/" B "/upper/sub"), 0755), 0);
	for (int i = 0; i < 7; i++)
		assert_int_equal(link(one, in(f, at("container/" B "/upper/sub/%d", i))), 0);
	assert_int_equal(symlink(f->root, in(f, "container/" B "/upper/root")), 0);
	put_file(in(f, "container/" B "/upper/hole"), "");
	assert_int_equal(truncate(in(f, "container/" B "/upper/hole"), 1 << 30), 0);
	assert_size(f, "container/" B, 4, 3);
	refused(f, storage_size(f->st, "image/ffffffffffff", &size, &f->err), ERROR_NOT_FOUND,
		"ffffffffffff");
}

/* As deep as nobody can name it, of which a descriptor each would be too many. */
static void test_size_of_a_deep_tree(void **state)
{
	struct fixture *f = *state;
	int fd, inner;

	ok(f, storage_create(f->st, "volume/deep", &f->err));
	fd = open(in(f, "volume/deep/upper"), O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	for (int i = 0; i < 2100; i++) {
		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		inner = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		assert_true(inner >= 0);
		close(fd);
		fd = inner;
	}
	assert_int_equal(fchdir(fd), 0);
	close(fd);
	put_blocks("file", 256 * 64);
	assert_int_equal(chdir("/"), 0);
	struct storage_size size;
	ok(f, storage_size(f->st, "volume/deep", &size, &f->err));
	assert_in_range(size.own, 64 * MB, 128 * MB);
	ok(f, storage_destroy(f->st, "volume/deep", &f->err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_size),
		TEST(test_size_of_a_deep_tree),
		TEST(test_create),
		TEST(test_umask),
		TEST(test_snapshot_and_clone),
		TEST(test_base_snapshot_of_nothing),
		TEST(test_mounted),
		TEST(test_dependents),
		TEST(test_rename),
		TEST(test_open_root),
		TEST(test_too_many_layers),
		cmocka_unit_test(test_interrupted_snapshot),
		TEST(test_interrupted_create),
		TEST(test_interrupted_destroy),
		TEST(test_forged_dataset_in_trash),
		TEST(test_strangers_left_alone),
		TEST(test_hostile_trees),
		TEST(test_mount_in_tree),
		TEST(test_root_checks),
		TEST(test_overlay_root_refused),
		TEST(test_import_refused),
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77; /* skipped */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
