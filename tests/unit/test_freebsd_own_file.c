/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the daemon's in a container's root directory, whatever the container has made of it. */
#include "tree.h"

#include <dirent.h>

#include "host/own_file.h"

#define HOSTS "/etc/hosts"

struct fixture {
	char *dir; /* outside/ and root/ are in it */
	char *root;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = tree_new();
	f->root = xasprintf("%s/root", f->dir);
	assert_int_equal(mkdir(at("%s/outside", f->dir), 0755), 0);
	assert_int_equal(mkdir(f->root, 0755), 0);
	assert_int_equal(mkdir(at("%s/etc", f->root), 0755), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	/* whatever the test did, nothing was made here */
	assert_int_equal(rmdir(at("%s/outside", f->dir)), 0);
	free(f->root);
	tree_remove(f->dir);
	free(f);
	return 0;
}

/* How many names are in the container's /etc. */
static size_t names(const struct fixture *f)
{
	DIR *dir = opendir(at("%s/etc", f->root));
	size_t n = 0;

	assert_non_null(dir);
	for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(dir);
	return n;
}

static void expect(const struct fixture *f, const char *wanted)
{
	char got[64] = "";
	int fd = open(at("%s" HOSTS, f->root), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	close(fd);
	assert_string_equal(got, wanted);
}

static int show(const struct fixture *f, const char *text, struct error *err)
{
	AUTO(buffer_free) struct buffer b = {0};
	struct jail_config jail = {0};

	buffer_puts(&b, text);
	return own_file_show(
		&(struct own_file){.destination = HOSTS, .text = &b}, f->root, &jail, err);
}

static int update(const struct fixture *f, const char *text, struct error *err)
{
	AUTO(buffer_free) struct buffer b = {0};

	buffer_puts(&b, text);
	return own_file_update(&(struct own_file){.destination = HOSTS, .text = &b}, f->root, err);
}

static void withdraw(const struct fixture *f)
{
	struct error err;

	assert_int_equal(own_file_withdraw(HOSTS, f->root, &err), 0);
}

static void test_what_the_image_has_comes_back(void **state)
{
	const struct fixture *f = *state;
	struct stat before, after;
	struct error err;

	put_file(at("%s" HOSTS, f->root), "of the image");
	assert_int_equal(chmod(at("%s" HOSTS, f->root), 0640), 0);
	assert_int_equal(stat(at("%s" HOSTS, f->root), &before), 0);
	/* the second time after a daemon that was killed */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(show(f, "ours", &err), 0);
		expect(f, "ours");
	}
	assert_int_equal(update(f, "newer", &err), 0);
	expect(f, "newer");
	withdraw(f);
	expect(f, "of the image");
	assert_int_equal(stat(at("%s" HOSTS, f->root), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mode, after.st_mode);
	assert_int_equal(names(f), 1);
	withdraw(f);
	expect(f, "of the image");
}

static void test_what_the_image_lacks_goes_again(void **state)
{
	const struct fixture *f = *state;
	struct error err;

	assert_int_equal(show(f, "ours", &err), 0);
	expect(f, "ours");
	withdraw(f);
	assert_int_equal(names(f), 0);
	/* interrupted before the file was there */
	assert_int_equal(show(f, "ours", &err), 0);
	assert_int_equal(unlink(at("%s" HOSTS, f->root)), 0);
	withdraw(f);
	assert_int_equal(names(f), 0);
}

static void test_links_of_the_image_are_not_followed(void **state)
{
	const struct fixture *f = *state;
	char target[64] = "";
	struct error err;

	assert_int_equal(symlink("/outside/hosts", at("%s" HOSTS, f->root)), 0);
	assert_int_equal(show(f, "ours", &err), 0);
	expect(f, "ours");
	withdraw(f);
	assert_true(readlink(at("%s" HOSTS, f->root), target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/outside/hosts");
}

static void test_a_directory_in_its_place_is_an_error(void **state)
{
	const struct fixture *f = *state;
	struct error err;

	assert_int_equal(mkdir(at("%s" HOSTS, f->root), 0755), 0);
	assert_int_equal(show(f, "ours", &err), -1);
	assert_non_null(strstr(err.message, "/etc/hosts"));
	assert_non_null(strstr(err.message, "directory"));
	withdraw(f);
	assert_int_equal(names(f), 1);
}

/* While it runs, a container makes of its /etc what it likes. */
static void test_nothing_is_changed_outside(void **state)
{
	const struct fixture *f = *state;
	struct error err;

	assert_int_equal(show(f, "ours", &err), 0);
	assert_int_equal(unlink(at("%s" HOSTS, f->root)), 0);
	assert_int_equal(symlink(at("%s/outside/hosts", f->dir), at("%s" HOSTS, f->root)), 0);
	assert_int_equal(
		symlink(at("%s/outside/hosts", f->dir), at("%s/etc/.kleene-fresh-hosts", f->root)),
		0);
	assert_int_equal(update(f, "newer", &err), 0);
	expect(f, "newer");

	assert_int_equal(rename(at("%s/etc", f->root), at("%s/was", f->root)), 0);
	assert_int_equal(symlink(at("%s/outside", f->dir), at("%s/etc", f->root)), 0);
	assert_int_equal(update(f, "newer", &err), -1);
	withdraw(f);
	assert_int_equal(unlink(at("%s/etc", f->root)), 0);
	assert_int_equal(symlink("../../outside", at("%s/etc", f->root)), 0);
	assert_int_equal(update(f, "newer", &err), -1);
	withdraw(f);
}

static void test_a_root_that_is_gone(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(own_file_withdraw(HOSTS, "/no/such/root", &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_what_the_image_has_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_what_the_image_lacks_goes_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_links_of_the_image_are_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_directory_in_its_place_is_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_is_changed_outside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_root_that_is_gone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
