/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths inside a root directory that is full of traps. */
#include "tree.h"

#include "host/inside.h"

#define UP "../../../../../../../../../../../.."

struct fixture {
	char *dir; /* outside/ and root/ are in it */
	char *outside;
	int root;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = tree_new();
	f->outside = xasprintf("%s/outside", f->dir);
	assert_int_equal(mkdir(f->outside, 0755), 0);
	assert_int_equal(mkdir(at("%s/root", f->dir), 0755), 0);
	assert_int_equal(mkdir(at("%s/root/dir", f->dir), 0755), 0);
	put_file(at("%s/root/file", f->dir), "");
	assert_int_equal(mkfifo(at("%s/root/fifo", f->dir), 0644), 0);
	f->root = open(at("%s/root", f->dir), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->root >= 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	/* whatever the test did, nothing was made here */
	assert_int_equal(rmdir(f->outside), 0);
	close(f->root);
	free(f->outside);
	tree_remove(f->dir);
	free(f);
	return 0;
}

static void add_link(const struct fixture *f, const char *name, const char *target)
{
	assert_int_equal(symlink(target, at("%s/root/%s", f->dir, name)), 0);
}

/* The path leads to what is at 'where' below the root. */
static void expect(const struct fixture *f, const char *path, bool directory, const char *where)
{
	struct inside found;
	struct stat got, wanted, named;
	struct error err;

	if (inside_make(f->root, path, directory, &found, &err) != 0)
		fail_msg("%s: %s", path, err.message);
	assert_int_equal(lstat(at("%s/root/%s", f->dir, where), &wanted), 0);
	assert_int_equal(fstat(found.fd, &got), 0);
	assert_int_equal(fstatat(found.parent, found.name, &named, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(got.st_ino == wanted.st_ino && got.st_dev == wanted.st_dev);
	assert_true(named.st_ino == wanted.st_ino && named.st_dev == wanted.st_dev);
	assert_int_equal(S_ISDIR(got.st_mode), directory);
	inside_free(&found);
}

static void expect_error(
	const struct fixture *f, const char *path, bool directory, const char *part)
{
	struct inside found;
	struct error err;

	assert_int_equal(inside_make(f->root, path, directory, &found, &err), -1);
	if (strstr(err.message, part) == NULL)
		fail_msg("%s: no '%s' in '%s'", path, part, err.message);
	assert_true(found.fd < 0 && found.parent < 0);
}

static void test_made(void **state)
{
	const struct fixture *f = *state;
	struct stat st;

	expect(f, "/dir", true, "dir");
	expect(f, "/new/a//b/", true, "new/a/b");
	expect(f, "/new/a/./file", false, "new/a/file");
	expect(f, "/file", false, "file");
	expect(f, "dir/x", true, "dir/x");
	assert_int_equal(stat(at("%s/root/new/a", f->dir), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(at("%s/root/new/a/file", f->dir), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(st.st_size, 0);
}

static void test_links(void **state)
{
	const struct fixture *f = *state;
	AUTO_FREE char *far = xasprintf(UP "%s", f->outside);
	const char *inner = f->outside + 1;

	add_link(f, "absolute", f->outside);
	add_link(f, "relative", far);
	add_link(f, "inner", "dir/");
	add_link(f, "back", "dir/sub/..");
	add_link(f, "chain", "inner/../absolute");
	add_link(f, "to_file", "dir/new_file");
	add_link(f, "dir/away", f->outside);
	add_link(f, "dir/far", far);
	add_link(f, "dir/near", "../dir/far/near");
	expect(f, "/absolute", true, inner);
	expect(f, "/relative", true, inner);
	expect(f, "/absolute/sub/deep", true, at("%s/sub/deep", inner));
	expect(f, "/inner", true, "dir");
	expect(f, "/dir/away", true, inner);
	expect(f, "/dir/far/x", true, at("%s/x", inner));
	expect(f, "/dir/near", true, at("%s/near", inner));
	expect(f, "/inner/x", true, "dir/x");
	expect(f, "/back", true, "dir");
	expect(f, "/chain/y", true, at("%s/y", inner));
	expect(f, "/to_file", false, "dir/new_file");
	expect(f, "/absolute/file", false, at("%s/file", inner));
	expect(f, "/dir/../../../../" UP "/dir", true, "dir");
}

static void test_root_itself(void **state)
{
	const struct fixture *f = *state;

	add_link(f, "slash", "/");
	add_link(f, "up", UP);
	add_link(f, "dot", ".");
	expect_error(f, "/", true, "root directory");
	expect_error(f, "/slash", true, "root directory");
	expect_error(f, "/up", true, "root directory");
	expect_error(f, "/dot/", true, "root directory");
	expect_error(f, "/dir/..", true, "root directory");
	expect(f, "/up/dir", true, "dir");
}

static void test_nowhere(void **state)
{
	const struct fixture *f = *state;
	char name[NAME_MAX + 3];

	add_link(f, "loop", "loop");
	add_link(f, "a", "b/x");
	add_link(f, "b", "a/y");
	expect_error(f, "/loop", true, "symbolic links");
	expect_error(f, "/loop/x", false, "symbolic links");
	expect_error(f, "/a", true, "symbolic links");
	expect_error(f, "/fifo", true, "a FIFO");
	expect_error(f, "/fifo", false, "a FIFO");
	expect_error(f, "/fifo/x", true, "a FIFO");
	expect_error(f, "/file", true, "a file");
	expect_error(f, "/file/x", true, "a file");
	expect_error(f, "/dir", false, "a directory");
	expect_error(f, "/dir/x/..", false, "a directory");
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	expect_error(f, name, true, "too long");
}

static void test_depth(void **state)
{
	const struct fixture *f = *state;
	struct buffer path = {0};

	for (int i = 0; i < 300; i++)
		buffer_puts(&path, "/d");
	expect_error(f, path.data, true, "more than");
	buffer_free(&path);
	/* steps back cost nothing */
	for (int i = 0; i < 300; i++)
		buffer_puts(&path, "/dir/..");
	buffer_puts(&path, "/dir");
	expect(f, path.data, true, "dir");
	buffer_free(&path);
}

static void expect_file(const struct fixture *f, const char *path, bool within, const char *text)
{
	AUTO_CLOSE int fd = -1;
	struct error err;
	char got[64] = "";

	fd = inside_open_file(f->root, path, within, &err);
	if (fd < 0)
		fail_msg("%s: %s", path, err.message);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, text);
}

static void expect_no_file(const struct fixture *f, const char *path, bool within,
	enum error_kind kind, const char *part)
{
	struct error err;

	assert_int_equal(inside_open_file(f->root, path, within, &err), -1);
	if (err.kind != kind || strstr(err.message, part) == NULL)
		fail_msg("%s: no '%s' in '%s'", path, part, err.message);
}

static void test_files(void **state)
{
	const struct fixture *f = *state;
	AUTO_FREE char *secret = xasprintf("%s/secret", f->dir);

	put_file(secret, "outside");
	put_file(at("%s/root/dir/passwd", f->dir), "inside");
	add_link(f, "absolute", "/dir/passwd");
	add_link(f, "relative", "dir/../dir/passwd");
	add_link(f, "away", secret);
	add_link(f, "far", "../secret");
	add_link(f, "magic", "/proc/self/fd/0");
	for (int within = 0; within < 2; within++) {
		expect_file(f, "dir/passwd", within, "inside");
		expect_file(f, "relative", within, "inside");
		expect_no_file(f, "none", within, ERROR_NOT_FOUND, "none: No such file");
		expect_no_file(f, "fifo", within, ERROR_CONFLICT, "a FIFO");
		expect_no_file(f, "dir", within, ERROR_CONFLICT, "a directory");
		expect_no_file(f, ".", within, ERROR_CONFLICT, "a directory");
	}
	expect_file(f, "/absolute", false, "inside");
	expect_no_file(f, "/away", false, ERROR_NOT_FOUND, "there is no");
	expect_no_file(f, "/far", false, ERROR_NOT_FOUND, "there is no 'secret'");
	expect_no_file(f, "/magic", false, ERROR_NOT_FOUND, "there is no 'proc'");
	expect_no_file(f, "absolute", true, ERROR_CONFLICT, "leads out");
	expect_no_file(f, "away", true, ERROR_CONFLICT, "leads out");
	expect_no_file(f, "far", true, ERROR_CONFLICT, "leads out");
	expect_no_file(f, "../secret", true, ERROR_CONFLICT, "leads out");
	assert_int_equal(unlink(secret), 0);
}

/* A directory of the root's own: made, or there, and never anything else. */
static void test_own_directories(void **state)
{
	static const char *const wrong[] = {"link", "up", "fifo", "file"};
	static const char *const what[] = {
		"a symbolic link", "a symbolic link", "a FIFO", "a file"};
	const struct fixture *f = *state;
	struct error err;
	struct stat st;
	int fd;

	add_link(f, "link", f->outside);
	add_link(f, "up", "..");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(inside_own_directory(f->root, wrong[i], &err), -1);
		if (strstr(err.message, what[i]) == NULL || err.kind != ERROR_CONFLICT)
			fail_msg("%s: %s", wrong[i], err.message);
	}
	for (int i = 0; i < 2; i++) { /* it is made the first time */
		fd = inside_own_directory(f->root, "sys", &err);
		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(lstat(at("%s/root/sys", f->dir), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_root_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_depth, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_directories, set_up, tear_down),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
