/* SPDX-License-Identifier: BSD-2-Clause */
/* The store: names and tags, references, dependencies, states, a second daemon. */
#include "tree.h"

#include <sqlite3.h>

#include "store/store.h"
#include "store/store_build.h"

struct fixture {
	char *dir;
	struct store *s;
};

static struct store *open_store(const char *dir)
{
	struct error err = {0};
	struct store *s = store_open(at("%s/db", dir), &err);

	if (s == NULL)
		fail_msg("%s", err.message);
	return s;
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = tree_new();
	f->s = open_store(f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	tree_remove(f->dir);
	free(f);
	return 0;
}

static void add_image(struct store *s, const char *id, const char *name, const char *tag)
{
	json_t *config = json_pack("{s:[s]}", "cmd", "/bin/sh");
	AUTO(strings_free) struct strings names = {0};
	struct image i = {.created = (char *)"2026-01-01T00:00:00.000000Z", .config = config};
	struct error err;

	memcpy(i.id, id, ID_LEN + 1);
	strings_take(&names, xasprintf("%s:%s", name, tag));
	assert_int_equal(store_add_image(s, &i, &err), 0);
	assert_int_equal(store_image_ready(s, id, &names, config, &err), 0);
	json_decref(config);
}

static int add_container(struct store *s, const char *id, const char *name, const char *image,
	const char *created, struct error *err)
{
	json_t *config = json_pack("{s:s}", "user", "www");
	struct container c = {.name = (char *)name,
		.image_id = (char *)image,
		.snapshot = (char *)"@image",
		.created = (char *)created,
		.config = config};
	int result;

	memcpy(c.id, id, ID_LEN + 1);
	result = store_add_container(s, &c, err);
	json_decref(config);
	return result;
}

#define IMAGE	  "aaaaaaaaaaaa"
#define IMAGE2	  "aaaabbbbbbbb"
#define CONTAINER "cccccccccccc"
#define EARLY	  "2026-01-01T00:00:00.000000Z"
#define LATE	  "2026-02-01T00:00:00.000000Z"

static void assert_image(struct store *s, const char *ref, const char *expected)
{
	char id[ID_LEN + 1];
	struct error err;

	if (store_find_image(s, ref, id, &err) != 0)
		fail_msg("%s", err.message);
	assert_string_equal(id, expected);
}

static void assert_no_image(struct store *s, const char *ref)
{
	char id[ID_LEN + 1];
	struct error err;

	assert_int_equal(store_find_image(s, ref, id, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_non_null(strstr(err.message, ref));
}

static void test_image_references(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;

	add_image(s, IMAGE, "web", "latest");
	add_image(s, IMAGE2, "web", "v2");
	assert_image(s, IMAGE, IMAGE);
	assert_image(s, "web", IMAGE);
	assert_image(s, "web:latest", IMAGE);
	assert_image(s, "web:v2", IMAGE2);
	assert_image(s, "aaaab", IMAGE2);
	assert_no_image(s, "aaaa"); /* both begin so */
	assert_no_image(s, "web:v3");
	assert_no_image(s, "we");
	assert_no_image(s, "%");
	assert_no_image(s, "' OR 1=1 --");
}

static void test_tag_moves(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct image i;
	struct error err;

	add_image(s, IMAGE, "web", "latest");
	add_image(s, IMAGE2, "web", "latest");
	assert_image(s, "web", IMAGE2);
	assert_int_equal(store_get_image(s, IMAGE, &i, &err), 0);
	assert_string_equal(i.name, "");
	assert_string_equal(i.tag, "");
	image_free(&i);
	assert_int_equal(store_tag_image(s, IMAGE, "web:latest", 0, &err), 0);
	assert_image(s, "web", IMAGE);
	assert_int_equal(store_tag_image(s, "ffffffffffff", "web:latest", 0, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_image(s, "web", IMAGE); /* nothing was taken away for nothing */
}

/* All names of an image, the first of which must be what it is called. */
static void assert_names(struct store *s, const char *id, const char *expected)
{
	AUTO(strings_free) struct strings names = {0};
	AUTO_FREE char *all = NULL, *first = NULL;
	struct image i;
	struct error err;

	assert_int_equal(store_get_image(s, id, &i, &err), 0);
	for (size_t k = 0; k < json_array_size(i.names); k++)
		strings_add(&names, json_string_value(json_array_get(i.names, k)));
	first = xasprintf("%s:%s", i.name, i.tag);
	all = strings_join(&names, " ");
	assert_string_equal(all, expected);
	assert_string_equal(first, names.n > 0 ? names.v[0] : ":");
	image_free(&i);
}

static void test_several_names(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct error err;
	bool kept;

	add_image(s, IMAGE, "web", "latest");
	add_image(s, IMAGE2, "other", "v2");
	assert_int_equal(store_tag_image(s, IMAGE, "web:v1", TAG_ADD | TAG_UNUSED, &err), 0);
	assert_int_equal(store_tag_image(s, IMAGE, "web:v1", TAG_ADD | TAG_UNUSED, &err), 0);
	assert_int_equal(store_tag_image(s, IMAGE, "other:v2", TAG_ADD | TAG_UNUSED, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_names(s, IMAGE, "web:latest web:v1");
	assert_image(s, "web:v1", IMAGE);
	/* its own name in the place of the first: of itself, of another one, of another's */
	assert_int_equal(store_tag_image(s, IMAGE, "web:latest", TAG_UNUSED, &err), 0);
	assert_names(s, IMAGE, "web:latest web:v1");
	assert_int_equal(store_tag_image(s, IMAGE, "a:b", 0, &err), 0);
	assert_names(s, IMAGE, "a:b web:v1");
	assert_int_equal(store_tag_image(s, IMAGE, "web:v1", 0, &err), 0);
	assert_names(s, IMAGE, "web:v1");
	assert_int_equal(store_tag_image(s, IMAGE, "other:v2", TAG_ADD, &err), 0);
	assert_names(s, IMAGE, "web:v1 other:v2");
	assert_int_equal(store_tag_image(s, IMAGE2, "x:y", TAG_UNUSED, &err), 0);
	assert_names(s, IMAGE2, "x:y");
	/* one name goes; all go by the id, unless that is not to be */
	assert_int_equal(store_untag_image(s, IMAGE, "", true, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_non_null(strstr(err.message, "web:v1, other:v2"));
	assert_int_equal(store_untag_image(s, IMAGE, "", false, &err), 0);
	assert_int_equal(store_untag_image(s, IMAGE, "x:y", true, &err), -1);
	assert_names(s, IMAGE, "web:v1 other:v2");
	assert_int_equal(store_untag_image(s, IMAGE, "web:v1", true, &err), 1);
	assert_names(s, IMAGE, "other:v2");
	assert_no_image(s, "web:v1");
	assert_int_equal(store_untag_image(s, IMAGE, "other:v2", true, &err), 0);
	assert_int_equal(store_untag_image(s, IMAGE, "", true, &err), 0);
	assert_int_equal(store_tag_image(s, IMAGE, "one:more", TAG_ADD, &err), 0);
	assert_int_equal(store_removing_image(s, IMAGE, &kept, &err), 0);
	assert_names(s, IMAGE, "");
	assert_int_equal(store_tag_image(s, IMAGE, "web:v1", TAG_ADD, &err), -1);
}

static void execute(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Images, and what hangs on them, as they were when each had one name in its own row. */
static void test_names_of_an_older_store(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/db", f->dir);
	struct image *images;
	struct container c;
	struct error err;
	size_t n;

	add_image(f->s, IMAGE, "web", "v1");
	add_image(f->s, IMAGE2, "none", "none");
	assert_int_equal(add_container(f->s, CONTAINER, "one", IMAGE, EARLY, &err), 0);
	assert_int_equal(store_container_ready(f->s, CONTAINER, true, &err), 0);
	assert_int_equal(store_set_parent(f->s, IMAGE2, IMAGE, &err), 0);
	store_close(f->s);
	execute(path, "PRAGMA foreign_keys = OFF;"
		      "ALTER TABLE image ADD COLUMN name TEXT NOT NULL DEFAULT '';"
		      "ALTER TABLE image ADD COLUMN tag TEXT NOT NULL DEFAULT '';"
		      "UPDATE image SET name = 'web', tag = 'v1' WHERE id = '" IMAGE "';"
		      "CREATE UNIQUE INDEX image_tag ON image (name, tag) WHERE name <> '';"
		      "DROP TABLE image_name; DROP TABLE open_port;"
		      "PRAGMA user_version = 13;");
	f->s = open_store(f->dir);
	assert_names(f->s, IMAGE, "web:v1");
	assert_names(f->s, IMAGE2, "");
	assert_int_equal(store_list_images(f->s, STATE_READY, &images, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(images[0].config, "cmd"), 0)),
		"/bin/sh");
	image_list_free(images, n);
	assert_int_equal(store_get_container(f->s, CONTAINER, &c, &err), 0);
	assert_string_equal(c.image_name, "web");
	assert_string_equal(c.image_tag, "v1");
	container_free(&c);
	assert_int_equal(
		store_drop_image(f->s, IMAGE, &err), -1); /* what refers to it does so still */
}

static void test_container_names(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct error err;
	char id[ID_LEN + 1];

	add_image(s, IMAGE, "web", "latest");
	assert_int_equal(add_container(s, CONTAINER, "one", IMAGE, EARLY, &err), 0);
	assert_int_equal(store_find_container(s, "one", id, &err), -1); /* not ready yet */
	assert_int_equal(store_container_ready(s, CONTAINER, true, &err), 0);
	assert_int_equal(store_find_container(s, "one", id, &err), 0);
	assert_string_equal(id, CONTAINER);
	assert_int_equal(store_find_container(s, "ccc", id, &err), 0);
	assert_int_equal(add_container(s, "dddddddddddd", "one", IMAGE, EARLY, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_string_equal(err.message, "container name 'one' is already taken");
	/* a name is free again as soon as its container is being removed */
	assert_int_equal(store_removing_container(s, CONTAINER, false, &err), 0);
	assert_int_equal(add_container(s, "dddddddddddd", "one", IMAGE, EARLY, &err), 0);
	assert_int_equal(store_removing_container(s, CONTAINER, false, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void test_update(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	json_t *config = json_pack("{s:s}", "user", "root");
	struct container c;
	struct error err;

	add_image(s, IMAGE, "web", "v1");
	assert_int_equal(add_container(s, CONTAINER, "one", IMAGE, EARLY, &err), 0);
	assert_int_equal(add_container(s, "dddddddddddd", "two", IMAGE, LATE, &err), 0);
	assert_int_equal(store_container_ready(s, CONTAINER, true, &err), 0);
	assert_int_equal(store_update_container(s, CONTAINER, "two", config, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_int_equal(store_update_container(s, CONTAINER, "three", config, &err), 0);
	store_container_exited(
		s, CONTAINER, (struct exit_status){.code = 3, .out_of_memory = true});
	assert_int_equal(store_get_container(s, CONTAINER, &c, &err), 0);
	assert_string_equal(c.name, "three");
	assert_string_equal(c.image_name, "web");
	assert_string_equal(c.image_tag, "v1");
	assert_string_equal(c.snapshot, "@image");
	assert_int_equal(c.exit.code, 3);
	assert_true(c.exit.out_of_memory);
	assert_string_equal(json_string_value(json_object_get(c.config, "user")), "root");
	container_free(&c);
	json_decref(config);
}

static void test_image_in_use(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct error err;
	bool kept;

	add_image(s, IMAGE, "web", "latest");
	assert_int_equal(add_container(s, CONTAINER, "one", IMAGE, EARLY, &err), 0);
	assert_int_equal(add_container(s, "dddddddddddd", "two", IMAGE, LATE, &err), 0);
	assert_int_equal(store_removing_image(s, IMAGE, &kept, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_non_null(strstr(err.message, "one, two"));
	assert_image(s, "web", IMAGE);
	assert_int_equal(store_drop_image(s, IMAGE, &err), -1); /* the last line of defence */
	assert_int_equal(store_drop_container(s, CONTAINER, &err), 0);
	assert_int_equal(store_drop_container(s, "dddddddddddd", &err), 0);
	assert_int_equal(store_removing_image(s, IMAGE, &kept, &err), 0);
	assert_false(kept);
	assert_no_image(s, "web");
	/* nothing new from an image that is going */
	assert_int_equal(add_container(s, CONTAINER, "three", IMAGE, EARLY, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(store_drop_image(s, IMAGE, &err), 0);
}

static void test_lists_and_reopening(void **state)
{
	struct fixture *f = *state;
	struct container *list;
	struct image *images;
	struct error err;
	size_t n;

	add_image(f->s, IMAGE, "web", "latest");
	assert_int_equal(add_container(f->s, CONTAINER, "one", IMAGE, EARLY, &err), 0);
	assert_int_equal(add_container(f->s, "dddddddddddd", "two", IMAGE, LATE, &err), 0);
	assert_int_equal(add_container(f->s, "eeeeeeeeeeee", "half", IMAGE, LATE, &err), 0);
	assert_int_equal(store_container_ready(f->s, CONTAINER, true, &err), 0);
	assert_int_equal(store_container_ready(f->s, "dddddddddddd", true, &err), 0);
	store_close(f->s);
	f->s = open_store(f->dir);
	assert_int_equal(store_list_containers(f->s, STATE_READY, &list, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "two"); /* the newest first */
	assert_string_equal(list[1].name, "one");
	container_list_free(list, n);
	assert_int_equal(store_list_containers(f->s, STATE_CREATING, &list, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].id, "eeeeeeeeeeee");
	container_list_free(list, n);
	assert_int_equal(store_list_containers(f->s, STATE_REMOVING, &list, &n, &err), 0);
	assert_int_equal(n, 0);
	container_list_free(list, n);
	assert_int_equal(store_list_images(f->s, STATE_READY, &images, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(images[0].config, "cmd"), 0)),
		"/bin/sh");
	image_list_free(images, n);
}

/* Page by page the same as at once, also where several have been made at one time. */
static void test_pages(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct container_page page = {0};
	struct container *list;
	struct error err;
	size_t n, at = 0;

	add_image(s, IMAGE, "web", "latest");
	for (int i = 0; i < 600; i++) {
		AUTO_FREE char *id = xasprintf("%012x", i * 7919 % 600);
		AUTO_FREE char *name = xasprintf("c%d", i);

		assert_int_equal(
			add_container(s, id, name, IMAGE, i % 3 == 0 ? EARLY : LATE, &err), 0);
		assert_int_equal(store_container_ready(s, id, false, &err), 0);
	}
	assert_int_equal(store_list_containers(s, STATE_READY, &list, &n, &err), 0);
	assert_int_equal(n, 600);
	while (store_next_containers(s, &page, &err) > 0)
		for (size_t i = 0; i < page.n; i++, at++) {
			assert_string_equal(page.items[i].container.id, list[at].id);
			assert_string_equal(page.items[i].text,
				"{\"user\":\"www\",\"memory\":0,\"cpus\":0,\"pids\":0,"
				"\"jail_param\":[]}");
		}
	assert_int_equal(at, n);
	container_list_free(list, n);
}

static void test_one_daemon_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};

	assert_null(store_open(at("%s/db", f->dir), &err));
	assert_non_null(strstr(err.message, "another kleened uses"));
}

static void test_not_a_database(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};

	put_file(at("%s/junk", f->dir), "this is no database, but long enough to look at it\n");
	assert_null(store_open(at("%s/junk", f->dir), &err));
	assert_true(err.message[0] != '\0');
	assert_null(store_open(at("%s/none/db", f->dir), &err));
}

/* Makes the last page of the database on which rows with the text are unreadable. */
static void destroy_page(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
	char page[4096];
	off_t last = -1;

	assert_true(fd >= 0);
	for (off_t at = 0; pread(fd, page, sizeof(page), at) == sizeof(page); at += sizeof(page))
		if (page[0] == 0x0d && memmem(page, sizeof(page), text, strlen(text)) != NULL)
			last = at;
	assert_true(last > 0);
	memset(page, 0xff, sizeof(page));
	assert_int_equal(pwrite(fd, page, sizeof(page), last), sizeof(page));
}

/* What was read before goes (make sanitize). */
static void test_list_that_breaks_off(void **state)
{
	struct fixture *f = *state;
	struct container *list;
	struct error err = {0};
	size_t n;

	add_image(f->s, IMAGE, "web", "latest");
	for (int i = 0; i < 200; i++) {
		AUTO_FREE char *id = xasprintf("%012x", i);

		assert_int_equal(add_container(f->s, id, id, IMAGE, EARLY, &err), 0);
		assert_int_equal(store_container_ready(f->s, id, false, &err), 0);
	}
	store_close(f->s);
	destroy_page(at("%s/db", f->dir), "\"user\":\"www\"");
	f->s = open_store(f->dir);
	assert_int_equal(store_list_containers(f->s, STATE_READY, &list, &n, &err), -1);
	assert_non_null(strstr(err.message, "cannot use the store"));
}

static void add_volume(struct store *s, const char *name)
{
	const struct volume v = {.name = (char *)(uintptr_t)name, .created = (char *)EARLY};
	struct error err;

	assert_int_equal(store_add_volume(s, &v, &err), 0);
	assert_int_equal(store_volume_ready(s, name, &err), 0);
}

static void test_volumes(void **state)
{
	struct fixture *f = *state;
	const struct volume again = {.name = (char *)"data", .created = (char *)LATE};
	struct volume *list, v;
	struct error err;
	size_t n;

	add_volume(f->s, "data");
	add_volume(f->s, "other");
	assert_int_equal(store_add_volume(f->s, &again, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_int_equal(store_volume_populating(f->s, "data", true, &err), 0);
	store_close(f->s);
	f->s = open_store(f->dir);
	assert_int_equal(store_get_volume(f->s, "data", &v, &err), 0);
	assert_true(v.state == STATE_READY && v.populating);
	assert_string_equal(v.created, EARLY);
	volume_free(&v);
	assert_int_equal(store_volume_populating(f->s, "data", false, &err), 0);
	assert_int_equal(store_removing_volume(f->s, "other", &err), 0);
	assert_int_equal(store_removing_volume(f->s, "other", &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(store_list_volumes(f->s, STATE_READY, &list, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_false(list[0].populating);
	volume_list_free(list, n);
	assert_int_equal(store_drop_volume(f->s, "other", &err), 0);
	assert_int_equal(store_get_volume(f->s, "other", &v, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void test_volume_users(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	json_t *config = json_pack("{s:[{s:s, s:s}, {s:s, s:s}]}", "mounts", "type", "volume",
		"source", "data", "type", "nullfs", "source", "/data");
	struct container *list;
	struct error err;
	size_t n;

	add_image(s, IMAGE, "web", "latest");
	assert_int_equal(add_container(s, CONTAINER, "c", IMAGE, EARLY, &err), 0);
	assert_int_equal(store_container_ready(s, CONTAINER, true, &err), 0);
	assert_int_equal(store_list_volume_users(s, "data", &list, &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_update_container(s, CONTAINER, "c", config, &err), 0);
	assert_int_equal(store_list_volume_users(s, "data", &list, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].id, CONTAINER);
	container_list_free(list, n);
	assert_int_equal(store_list_volume_users(s, "/data", &list, &n, &err), 0);
	assert_int_equal(n, 0);
	json_decref(config);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_image_references),
		TEST(test_tag_moves),
		TEST(test_several_names),
		TEST(test_names_of_an_older_store),
		TEST(test_container_names),
		TEST(test_update),
		TEST(test_image_in_use),
		TEST(test_volumes),
		TEST(test_volume_users),
		TEST(test_lists_and_reopening),
		TEST(test_pages),
		TEST(test_one_daemon_at_a_time),
		TEST(test_not_a_database),
		TEST(test_list_that_breaks_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
