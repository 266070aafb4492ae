/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folding of layers: whatever a dataset's files have gone through, it shows the same afterwards,
 * and so do all of its snapshots. The kernel's own overlay makes the layers and shows them. Needs
 * root, and a file system under TMPDIR that overlayfs can use.
 */
#include "tree.h"

#include <dirent.h>
#include <signal.h>
#include <sys/xattr.h>

#include "base/log.h"
#include "host/linux/overlay.h"
#include "host/storage.h"

#define A     "image/aaaaaaaaaaaa"
#define B     "container/bbbbbbbbbbbb"
#define STEPS 40

struct fixture {
	char *dir;
	struct storage *st;
	struct error err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	log_off();
	f->dir = tree_new();
	f->st = storage_open(at("%s/root", f->dir), &f->err);
	if (f->st == NULL)
		fail_msg("%s", f->err.message);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	storage_close(f->st);
	tree_remove(f->dir);
	free(f);
	return 0;
}

static void ok(struct fixture *f, int rc)
{
	if (rc != 0)
		fail_msg("%s", f->err.message);
}

/* How many there are, but for the places of the daemon's own files. */
static size_t count(struct fixture *f, const char *where)
{
	struct strings names = {0};
	size_t n = 0;

	assert_int_equal(dir_list(f->st->fd, where, &names), 0);
	for (size_t i = 0; i < names.n; i++)
		n += strncmp(names.v[i], "place-", 6) != 0;
	strings_free(&names);
	return n;
}

/* How many layers lie below the dataset. */
static size_t depth(struct fixture *f, const char *dataset)
{
	struct rootfs root;
	size_t n;

	ok(f, storage_rootfs(f->st, dataset, &root, &f->err));
	n = root.lower ? (strlen(root.lower) + 1) / (ID_LEN + 1) : 0;
	rootfs_free(&root);
	return n;
}

/* ---- what a dataset shows ---- */

static void dump_directory(int dirfd, const char *path, struct buffer *out);

static void dump_entry(int dirfd, const char *name, const char *path, struct buffer *out)
{
	AUTO_FREE char *own = xasprintf("%s/%s", path, name);
	AUTO_CLOSE int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW);
	char text[256] = "", value[64] = "";
	struct stat st;

	assert_int_equal(fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	if (S_ISLNK(st.st_mode))
		assert_true(readlinkat(dirfd, name, text, sizeof(text) - 1) > 0);
	if (S_ISREG(st.st_mode))
		assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	if (fd >= 0)
		(void)!fgetxattr(fd, "user.x", value, sizeof(value) - 1);
	buffer_printf(out, "%s %o %u:%u %ld.%09ld %s %s\n", own, (unsigned int)st.st_mode,
		(unsigned int)st.st_uid, (unsigned int)st.st_gid, (long)st.st_mtim.tv_sec,
		st.st_mtim.tv_nsec, text, value);
	if (S_ISREG(st.st_mode))
		assert_int_equal(st.st_nlink, 1);
	if (S_ISDIR(st.st_mode))
		dump_directory(fd, own, out);
}

static void dump_directory(int dirfd, const char *path, struct buffer *out)
{
	struct dirent **entries;
	int n = scandirat(dirfd, ".", &entries, NULL, alphasort);

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			dump_entry(dirfd, entries[i]->d_name, path, out);
		free(entries[i]);
	}
	free(entries);
}

static int open_root(struct fixture *f, const char *dataset)
{
	int fd = storage_open_root(f->st, dataset, &f->err);

	ok(f, fd < 0 ? -1 : 0);
	return fd;
}

/* All files with all their attributes, as text. The caller frees. */
static char *dump(struct fixture *f, const char *dataset)
{
	AUTO_CLOSE int fd = open_root(f, dataset);
	struct buffer out = {0};

	buffer_puts(&out, "");
	dump_directory(fd, "", &out);
	return out.data;
}

static void assert_shows(struct fixture *f, const char *dataset, const char *expected)
{
	AUTO_FREE char *found = dump(f, dataset);

	assert_string_equal(found, expected);
}

/* ---- what can happen to files ---- */

static unsigned int roll(unsigned int *seed, unsigned int sides)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % sides;
}

static const char *some_path(unsigned int *seed)
{
	static const char *const names[] = {"a", "b", "c"};
	const char *first = names[roll(seed, 3)], *second = names[roll(seed, 3)];

	switch (roll(seed, 3)) {
	case 0:
		return first;
	case 1:
		return at("%s/%s", first, second);
	default:
		return at("%s/%s/%s", first, second, names[roll(seed, 3)]);
	}
}

static void remove_all(int dirfd, const char *path)
{
	struct strings names = {0};

	if (unlinkat(dirfd, path, 0) == 0 || errno != EISDIR)
		return;
	if (dir_list(dirfd, path, &names) == 0)
		for (size_t i = 0; i < names.n; i++) {
			AUTO_FREE char *below = xasprintf("%s/%s", path, names.v[i]);

			remove_all(dirfd, below);
		}
	strings_free(&names);
	unlinkat(dirfd, path, AT_REMOVEDIR);
}

/* Something that a command could do; that it may fail is part of it. */
static void happen(int root, unsigned int *seed)
{
	const char *path = some_path(seed), *text = at("%u", roll(seed, 1000));
	AUTO_CLOSE int fd = -1;

	switch (roll(seed, 10)) {
	case 0:
	case 1:
		fd = openat(root, path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0644);
		(void)!write(fd, text, strlen(text));
		break;
	case 2:
	case 3:
		(void)!mkdirat(root, path, 0700);
		break;
	case 4:
		remove_all(root, path);
		break;
	case 5:
		remove_all(root, path);
		(void)!mkdirat(root, path, 0755);
		break;
	case 6:
		(void)!symlinkat(text, root, path);
		break;
	case 7:
		(void)!renameat(root, path, root, some_path(seed));
		break;
	case 8:
		(void)!fchmodat(root, path, 04711, 0);
		(void)!fchownat(root, path, roll(seed, 9), 1, AT_SYMLINK_NOFOLLOW);
		break;
	default:
		fd = openat(root, path, O_RDONLY | O_NOFOLLOW);
		(void)!fsetxattr(fd, "user.x", text, strlen(text), 0);
	}
}

/* ---- tests ---- */

static void check_snapshots(struct fixture *f, char *expected[STEPS])
{
	for (int i = 0; i < STEPS; i++) {
		ok(f, storage_clone(f->st, B, at("s%d", i), "container/c", &f->err));
		assert_shows(f, "container/c", expected[i]);
		ok(f, storage_destroy(f->st, "container/c", &f->err));
	}
}

static void run_history(struct fixture *f, unsigned int seed)
{
	char *shown[STEPS];

	ok(f, storage_create(f->st, A, &f->err));
	ok(f, storage_snapshot(f->st, A, "s", &f->err));
	ok(f, storage_clone(f->st, A, "s", B, &f->err));
	for (int i = 0; i < STEPS; i++) {
		int root = open_root(f, B);

		for (unsigned int n = 1 + roll(&seed, 4); n > 0; n--)
			happen(root, &seed);
		close(root);
		shown[i] = dump(f, B);
		ok(f, storage_snapshot_unsynced(f->st, B, at("s%d", i), &f->err));
		assert_shows(f, B, shown[i]);
	}
	assert_true(depth(f, B) < STEPS / 2);
	assert_int_equal(count(f, "trash"), 0);
	check_snapshots(f, shown);
	for (int i = 0; i < STEPS; i++)
		free(shown[i]);
	ok(f, storage_destroy(f->st, B, &f->err));
	assert_int_equal(count(f, "layer"), 1);
	ok(f, storage_destroy(f->st, A, &f->err));
	assert_int_equal(count(f, "layer"), 0);
}

static void test_histories(void **state)
{
	for (unsigned int seed = 1; seed <= 3; seed++)
		run_history(*state, seed);
}

/* n snapshots, each with a directory and a file of its own, and one file that all change. */
static void make_layers(struct fixture *f, int n)
{
	ok(f, storage_create(f->st, A, &f->err));
	for (int i = 0; i < n; i++) {
		const char *upper = at("%s/root/" A "/upper", f->dir);

		assert_int_equal(mkdir(at("%s/d%d", upper, i), 0755), 0);
		put_file(at("%s/d%d/file", upper, i), at("%d", i));
		put_file(at("%s/all", upper), at("%d", i));
		ok(f, storage_snapshot_unsynced(f->st, A, at("s%d", i), &f->err));
	}
}

/* A layer that is in no chain but an old snapshot's is still needed. */
static void test_dependents_of_old_snapshots(void **state)
{
	struct fixture *f = *state;

	make_layers(f, 20);
	assert_int_equal(depth(f, A), 4);
	assert_int_equal(count(f, "layer"), 20);
	ok(f, storage_clone(f->st, A, "s9", B, &f->err));
	assert_int_equal(storage_destroy(f->st, A, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_CONFLICT);
	AUTO_FREE char *found = dump(f, B);
	assert_non_null(strstr(found, "/d9/file"));
	assert_null(strstr(found, "/d10"));
	ok(f, storage_destroy(f->st, B, &f->err));
	ok(f, storage_destroy(f->st, A, &f->err));
	assert_int_equal(count(f, "layer"), 0);
}

/*
 * What a layer hides of those below it: by a directory in place of another one ("d"), and by what
 * is no directory between directories ("e").
 */
static void make_hiding_layer(const char *upper, int i)
{
	const char *d = at("%s/d", upper), *e = at("%s/e", upper);

	assert_int_equal(i == 2 ? mknod(e, S_IFCHR, 0) : mkdir(e, 0755), 0);
	assert_int_equal(mkdir(d, 0755), 0);
	put_file(at("%s/d/%d", upper, i), "x");
	if (i == 2)
		assert_int_equal(setxattr(d, "user.overlay.opaque", "y", 1, 0), 0);
	else
		put_file(at("%s/e/%d", upper, i), "x");
}

static void test_hidden(void **state)
{
	struct fixture *f = *state;

	ok(f, storage_create(f->st, A, &f->err));
	for (int i = 0; i < 17; i++) {
		make_hiding_layer(at("%s/root/" A "/upper", f->dir), i);
		AUTO_FREE char *before = i > 0 ? dump(f, A) : NULL;
		ok(f, storage_snapshot_unsynced(f->st, A, at("s%d", i), &f->err));
		if (before != NULL)
			assert_shows(f, A, before);
	}
	assert_int_equal(depth(f, A), 1);
	AUTO_FREE char *found = dump(f, A);
	assert_null(strstr(found, "/d/1 "));
	assert_null(strstr(found, "/e/1 "));
	assert_non_null(strstr(found, "/d/2 "));
	assert_non_null(strstr(found, "/e/16 "));
}

static void make_fifo(const char *upper, int i)
{
	assert_int_equal(mkfifo(at("%s/%d", upper, i), 0600), 0);
}

static void make_hard_links(const char *upper, int i)
{
	put_file(at("%s/%d", upper, i), "x");
	assert_int_equal(link(at("%s/%d", upper, i), at("%s/%d-too", upper, i)), 0);
}

static void make_big_file(const char *upper, int i)
{
	put_file(at("%s/%d", upper, i), "x");
	assert_int_equal(truncate(at("%s/%d", upper, i), 2 << 20), 0);
}

static void make_own_mark(const char *upper, int i)
{
	assert_int_equal(mkdir(at("%s/%d", upper, i), 0755), 0);
	assert_int_equal(setxattr(at("%s/%d", upper, i), "user.overlay.redirect", "x", 1, 0), 0);
}

/* What a copy would not be the same as, or would take time, stays in its layer. */
static void test_what_is_not_folded(void **state)
{
	static void (*const makers[])(const char *, int) = {
		make_fifo, make_hard_links, make_big_file, make_own_mark};
	struct fixture *f = *state;

	for (size_t k = 0; k < ARRAY_SIZE(makers); k++) {
		ok(f, storage_create(f->st, A, &f->err));
		for (int i = 0; i < 18; i++) {
			makers[k](at("%s/root/" A "/upper", f->dir), i);
			ok(f, storage_snapshot_unsynced(f->st, A, at("s%d", i), &f->err));
		}
		assert_int_equal(depth(f, A), 18);
		ok(f, storage_destroy(f->st, A, &f->err));
	}
}

/* Killed at any moment of it. */
static void test_interrupted(void **state)
{
	for (int i = 0; i < 20; i++) {
		const struct timespec moment = {.tv_nsec = i * 100000L};
		char chain[CHAIN_SIZE];
		void *own = NULL;
		setup(&own);
		struct fixture *f = own;
		make_layers(f, 16);
		put_file(at("%s/root/" A "/upper/all", f->dir), "last");
		AUTO_FREE char *before = dump(f, A);
		AUTO_CLOSE int dataset = openat(f->st->fd, A, O_RDONLY | O_DIRECTORY);
		assert_int_equal(chain_read(dataset, "lower", chain, &f->err), 1);
		pid_t pid = fork();
		if (pid == 0)
			_exit(layers_fold(f->st, dataset, chain, 16) == 16 ? 0 : 1);
		nanosleep(&moment, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_shows(f, A, before);
		ok(f, storage_snapshot_unsynced(f->st, A, "s", &f->err));
		assert_shows(f, A, before);
		assert_int_equal(depth(f, A), 1);
		teardown(&own);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_histories),
		TEST(test_hidden),
		TEST(test_dependents_of_old_snapshots),
		TEST(test_what_is_not_folded),
		cmocka_unit_test(test_interrupted),
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77; /* skipped */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
