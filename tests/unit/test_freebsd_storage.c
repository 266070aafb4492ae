/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storage on ZFS. Needs root on FreeBSD, and in KLEENE_TEST_ZFS the name of a dataset below which
 * it may make others; skipped otherwise.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/id.h"
#include "host/freebsd/zfs.h"
#include "host/storage.h"

#define A "image/aaaaaaaaaaaa"
#define B "container/bbbbbbbbbbbb"
#define C "container/cccccccccccc"

struct fixture {
	struct storage *st;
	char *root;
	struct error err;
};

#define OK(call)                                                                                   \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s: %s", #call, f->err.message);                                 \
	} while (0)

#define REFUSED(call, what)                                                                        \
	do {                                                                                       \
		assert_int_equal((call), -1);                                                      \
		assert_int_equal(f->err.kind, what);                                               \
	} while (0)

static int setup(void **state)
{
	const char *parent = getenv("KLEENE_TEST_ZFS");
	struct fixture *f = xcalloc(1, sizeof(*f));
	char id[ID_LEN + 1];

	*state = f;
	if (parent == NULL || getuid() != 0)
		return 0;
	id_new(id);
	f->root = xasprintf("%s/kleene-test-%s", parent, id);
	f->st = storage_open(f->root, &f->err);
	if (f->st == NULL)
		fail_msg("%s", f->err.message);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->root != NULL) {
		const char *const arguments[] = {"destroy", "-R", "-f", f->root, NULL};

		storage_close(f->st);
		if (zfs_command(arguments, NULL, &f->err) < 0)
			fail_msg("%s", f->err.message);
		free(f->root);
	}
	free(f);
	return 0;
}

static struct fixture *fixture(void **state)
{
	struct fixture *f = *state;

	if (f->st == NULL)
		skip();
	return f;
}

/* Writes the file "it" into a dataset. */
static void write_it(struct fixture *f, const char *dataset, const char *text)
{
	AUTO(rootfs_free) struct rootfs root = {0};
	AUTO_FREE char *path = NULL;
	FILE *file;

	OK(storage_rootfs(f->st, dataset, &root, &f->err));
	path = xasprintf("%s/it", root.path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void has_it(struct fixture *f, const char *dataset, const char *text)
{
	AUTO_CLOSE int dir = -1, file = -1;
	char buf[64] = "";

	OK(dir = storage_open_contents(f->st, dataset, &f->err));
	file = openat(dir, "it", O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
	assert_true(read(file, buf, sizeof(buf) - 1) >= 0);
	assert_string_equal(buf, text);
}

static void a_clone_begins_as_its_snapshot(void **state)
{
	struct fixture *f = fixture(state);

	OK(storage_create(f->st, A, &f->err));
	write_it(f, A, "one");
	OK(storage_snapshot(f->st, A, "s1", &f->err));
	write_it(f, A, "two");
	OK(storage_snapshot(f->st, A, "s2", &f->err));
	OK(storage_clone(f->st, A, "s1", B, &f->err));
	OK(storage_clone(f->st, A, "s2", C, &f->err));
	has_it(f, B, "one");
	has_it(f, C, "two");
	write_it(f, B, "mine");
	has_it(f, A, "two");
}

static void sizes_of_clones(void **state)
{
	struct fixture *f = fixture(state);
	struct storage_size image, clone;
	AUTO_FREE char *text = xcalloc(1, (1U << 20) + 1);

	for (size_t i = 0; i < 1U << 20; i++)
		text[i] = (char)('a' + (int)(random() % 26)); /* nothing to be compressed */
	OK(storage_create(f->st, A, &f->err));
	write_it(f, A, text);
	OK(storage_snapshot(f->st, A, "s1", &f->err)); /* written to disk with it */
	OK(storage_clone(f->st, A, "s1", B, &f->err));
	OK(storage_size(f->st, A, &image, &f->err));
	OK(storage_size(f->st, B, &clone, &f->err));
	assert_true(image.own > 1U << 19 && image.shared < 1U << 18);
	assert_true(clone.own < 1U << 18 && clone.shared > 1U << 19);
	assert_int_equal(storage_size(f->st, C, &clone, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
}

static void names_are_taken_once(void **state)
{
	struct fixture *f = fixture(state);

	OK(storage_create(f->st, A, &f->err));
	REFUSED(storage_create(f->st, A, &f->err), ERROR_CONFLICT);
	OK(storage_snapshot(f->st, A, "s", &f->err));
	REFUSED(storage_snapshot(f->st, A, "s", &f->err), ERROR_CONFLICT);
	OK(storage_clone(f->st, A, "s", B, &f->err));
	REFUSED(storage_clone(f->st, A, "s", B, &f->err), ERROR_CONFLICT);
	REFUSED(storage_rename(f->st, A, B, &f->err), ERROR_CONFLICT);
	REFUSED(storage_clone(f->st, A, "none", C, &f->err), ERROR_NOT_FOUND);
	REFUSED(storage_clone(f->st, "image/none", "s", C, &f->err), ERROR_NOT_FOUND);
	REFUSED(storage_snapshot(f->st, "image/none", "s", &f->err), ERROR_NOT_FOUND);
	assert_false(storage_exists(f->st, C));
}

static void what_was_cloned_stays(void **state)
{
	struct fixture *f = fixture(state);
	AUTO(rootfs_free) struct rootfs root = {0};
	struct stat st;

	OK(storage_create(f->st, A, &f->err));
	write_it(f, A, "here");
	OK(storage_snapshot(f->st, A, "s1", &f->err));
	OK(storage_snapshot(f->st, A, "s2", &f->err));
	OK(storage_clone(f->st, A, "s1", B, &f->err));
	REFUSED(storage_destroy(f->st, A, &f->err), ERROR_CONFLICT);
	assert_non_null(strstr(f->err.message, B));
	has_it(f, A, "here");
	OK(storage_clone(f->st, A, "s2", C, &f->err));

	OK(storage_destroy(f->st, B, &f->err));
	OK(storage_destroy(f->st, C, &f->err));
	OK(storage_rootfs(f->st, A, &root, &f->err));
	OK(storage_destroy(f->st, A, &f->err));
	assert_false(storage_exists(f->st, A));
	assert_int_equal(stat(root.path, &st), -1);
	OK(storage_destroy(f->st, A, &f->err));
}

static void a_rename_takes_snapshots_along(void **state)
{
	struct fixture *f = fixture(state);

	OK(storage_create(f->st, A, &f->err));
	write_it(f, A, "text");
	OK(storage_snapshot(f->st, A, "s", &f->err));
	OK(storage_clone(f->st, A, "s", B, &f->err));
	OK(storage_rename(f->st, A, "image/dddddddddddd", &f->err));
	assert_false(storage_exists(f->st, A));
	has_it(f, "image/dddddddddddd", "text");
	OK(storage_clone(f->st, "image/dddddddddddd", "s", C, &f->err));
	has_it(f, B, "text");
	OK(storage_rename(f->st, B, "image/eeeeeeeeeeee", &f->err));
	has_it(f, "image/eeeeeeeeeeee", "text");
	REFUSED(storage_rename(f->st, B, A, &f->err), ERROR_NOT_FOUND);
}

static void the_list_has_all(void **state)
{
	struct fixture *f = fixture(state);
	AUTO(strings_free) struct strings list = {0};

	OK(storage_list(f->st, &list, &f->err));
	assert_int_equal(list.n, 0);
	OK(storage_create(f->st, A, &f->err));
	OK(storage_create(f->st, "volume/v", &f->err));
	OK(storage_snapshot(f->st, A, "s", &f->err));
	OK(storage_list(f->st, &list, &f->err));
	assert_int_equal(list.n, 2);
	assert_true(strings_has(&list, A));
	assert_true(strings_has(&list, "volume/v"));
}

static void reopened(void **state)
{
	struct fixture *f = fixture(state);

	OK(storage_create(f->st, A, &f->err));
	write_it(f, A, "kept");
	storage_close(f->st);
	f->st = storage_open(f->root, &f->err);
	assert_non_null(f->st);
	has_it(f, A, "kept");
}

/* A file system that is not the storage's, with the file "it". Returns its name. */
static char *foreign_new(struct fixture *f, const char *text)
{
	char *name = xasprintf("%s-foreign", f->root);
	const char *const create[] = {"create", name, NULL};
	const char *const where[] = {"get", "-H", "-o", "value", "mountpoint", name, NULL};
	AUTO(buffer_free) struct buffer out = {0};
	AUTO_FREE char *path = NULL;
	FILE *file;

	OK(zfs_command(create, NULL, &f->err));
	OK(zfs_command(where, &out, &f->err));
	path = xasprintf("%.*s/it", (int)strcspn(out.data, "\n"), out.data);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return name;
}

static void foreign_snapshots(struct fixture *f, const char *name, const char *expected)
{
	const char *const list[] = {"list", "-H", "-r", "-t", "snapshot", "-o", "name", name, NULL};
	AUTO(buffer_free) struct buffer out = {0};

	OK(zfs_command(list, &out, &f->err));
	assert_string_equal(out.data != NULL ? out.data : "", expected);
}

static void foreign_end(struct fixture *f, char *name)
{
	const char *const destroy[] = {"destroy", "-R", name, NULL};

	OK(zfs_command(destroy, NULL, &f->err));
	free(name);
}

static void a_copy_stands_alone(void **state)
{
	struct fixture *f = fixture(state);
	char *foreign = foreign_new(f, "theirs");

	OK(storage_import(f->st, foreign, true, A, &f->err));
	foreign_snapshots(f, foreign, "");
	REFUSED(storage_import(f->st, foreign, true, A, &f->err), ERROR_CONFLICT);
	foreign_snapshots(f, foreign, "");
	foreign_end(f, foreign);
	has_it(f, A, "theirs");
	write_it(f, A, "ours");
	OK(storage_snapshot(f->st, A, "s", &f->err));
	OK(storage_clone(f->st, A, "s", B, &f->err));
	has_it(f, B, "ours");
	OK(storage_destroy(f->st, B, &f->err));
	OK(storage_destroy(f->st, A, &f->err));
}

static void a_clone_takes_its_snapshot_along(void **state)
{
	struct fixture *f = fixture(state);
	char *foreign = foreign_new(f, "theirs");
	AUTO_FREE char *snapshot = xasprintf("%s@kleene-aaaaaaaaaaaa\n", foreign);

	OK(storage_import(f->st, foreign, false, A, &f->err));
	has_it(f, A, "theirs");
	write_it(f, A, "ours");
	foreign_snapshots(f, foreign, snapshot);
	OK(storage_snapshot(f->st, A, "s", &f->err));
	OK(storage_clone(f->st, A, "s", B, &f->err));
	REFUSED(storage_destroy(f->st, A, &f->err), ERROR_CONFLICT);
	OK(storage_destroy(f->st, B, &f->err));
	OK(storage_destroy(f->st, A, &f->err));
	foreign_snapshots(f, foreign, "");
	foreign_end(f, foreign);
}

static void what_cannot_be_imported(void **state)
{
	struct fixture *f = fixture(state);
	AUTO_FREE char *inside = xasprintf("%s/image", f->root);
	AUTO_FREE char *none = xasprintf("%s-none", f->root);
	AUTO_FREE char *volume = xasprintf("%s-volume", f->root);
	const char *const create[] = {"create", "-s", "-V", "1m", volume, NULL};
	const char *const destroy[] = {"destroy", volume, NULL};

	for (int copy = 0; copy < 2; copy++) {
		REFUSED(storage_import(f->st, "-r", copy, A, &f->err), ERROR_INVALID);
		REFUSED(storage_import(f->st, f->root, copy, A, &f->err), ERROR_INVALID);
		REFUSED(storage_import(f->st, inside, copy, A, &f->err), ERROR_INVALID);
		REFUSED(storage_import(f->st, none, copy, A, &f->err), ERROR_NOT_FOUND);
	}
	OK(zfs_command(create, NULL, &f->err));
	REFUSED(storage_import(f->st, volume, true, A, &f->err), ERROR_SYSTEM);
	OK(zfs_command(destroy, NULL, &f->err));
	assert_false(storage_exists(f->st, A));
}

struct making {
	struct storage *st;
	pthread_t thread;
	char dataset[32];
	struct error err;
	int rc;
};

static void *make(void *context)
{
	struct making *m = context;

	m->rc = storage_create(m->st, m->dataset, &m->err);
	return NULL;
}

/* The dataset that all of a kind are in is made by the first of them. */
static void the_first_of_a_kind_at_once(void **state)
{
	struct fixture *f = fixture(state);
	struct making all[8];

	for (int i = 0; i < 8; i++) {
		all[i] = (struct making){.st = f->st};
		snprintf(all[i].dataset, sizeof(all[i].dataset), "volume/v%d", i);
		assert_int_equal(pthread_create(&all[i].thread, NULL, make, &all[i]), 0);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(all[i].thread, NULL);
	for (int i = 0; i < 8; i++)
		if (all[i].rc != 0)
			fail_msg("%s: %s", all[i].dataset, all[i].err.message);
}

static void roots_that_cannot_serve(void **state)
{
	static const char *const roots[] = {"/zroot/x", "-f", "nopool-kleene/x", "zroot@s", ""};
	struct fixture *f = fixture(state);

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		f->err.message[0] = '\0';
		assert_null(storage_open(roots[i], &f->err));
		assert_string_not_equal(f->err.message, "");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_clone_begins_as_its_snapshot),
		TEST(sizes_of_clones),
		TEST(names_are_taken_once),
		TEST(what_was_cloned_stays),
		TEST(a_rename_takes_snapshots_along),
		TEST(the_list_has_all),
		TEST(reopened),
		TEST(a_copy_stands_alone),
		TEST(a_clone_takes_its_snapshot_along),
		TEST(what_cannot_be_imported),
		TEST(the_first_of_a_kind_at_once),
		TEST(roots_that_cannot_serve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
