/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store_build.h"

#include <string.h>

#include "base/mem.h"
#include "store/store_network_sql.h"

const char store_build_schema[] =
	"ALTER TABLE image ADD COLUMN origin TEXT REFERENCES image (id);"
	"ALTER TABLE image ADD COLUMN contents TEXT NOT NULL DEFAULT '';"
	"CREATE INDEX image_origin ON image (origin);"
	"CREATE TABLE snapshot ("
	"  id TEXT PRIMARY KEY,"
	"  image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,"
	"  key TEXT NOT NULL) STRICT;"
	"CREATE INDEX snapshot_key ON snapshot (key);"
	"CREATE INDEX snapshot_image ON snapshot (image_id);"
	"CREATE TABLE build ("
	"  image_id TEXT PRIMARY KEY REFERENCES image (id),"
	"  container_id TEXT UNIQUE REFERENCES container (id),"
	"  config TEXT NOT NULL) STRICT;";

const char store_parent_schema[] =
	"ALTER TABLE image ADD COLUMN parent TEXT REFERENCES image (id);"
	"UPDATE image SET parent = origin;" /* which of the two it is was not noted */
	"CREATE INDEX image_parent ON image (parent);";

int store_add_build(struct store *s, const struct image *image, json_t *config, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"INSERT INTO image (id, created, state, config) VALUES (?, ?, 0, ?)", "ssj",
		image->id, image->created, image->config);
	if (result >= 0)
		result = sql_run(s, NULL, NULL, err,
			"INSERT INTO build (image_id, config) VALUES (?, ?)", "sj", image->id,
			config);
	return sql_end(s, result, err);
}

int store_set_parent(struct store *s, const char *image, const char *parent, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"UPDATE image SET parent = ?1 WHERE id = ?2"
		" AND EXISTS (SELECT 1 FROM image WHERE id = ?1 AND state = 1)",
		"ss", parent, image);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", parent);
	return sql_end(s, result, err);
}

int store_set_origin(struct store *s, const char *image, const char *origin, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"UPDATE image SET origin = ?1 WHERE id = ?2"
		" AND EXISTS (SELECT 1 FROM image WHERE id = ?1 AND state IN (1, 3))",
		"ss", origin, image);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", origin);
	return sql_end(s, result, err);
}

int store_add_build_container(
	struct store *s, const char *image, const struct container *c, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"INSERT INTO container (id, name, image_id, snapshot, state, created, exit_code,"
		" config) SELECT ?, ?, id, ?, 1, ?, -1, ? FROM image WHERE id = ? AND state = 1",
		"ssssjs", c->id, c->name, c->snapshot, c->created, c->config, c->image_id);
	if (result < 0 && err->kind == ERROR_CONFLICT)
		error_set(err, ERROR_CONFLICT, "container name '%s' is already taken", c->name);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", c->image_id);
	if (result > 0)
		result = sql_run(s, NULL, NULL, err,
			"UPDATE build SET container_id = ? WHERE image_id = ?", "ss", c->id, image);
	return sql_end(s, result, err);
}

int store_update_build(struct store *s, const char *image, json_t *config, struct error *err)
{
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s,
		sql_run(s, NULL, NULL, err, "UPDATE build SET config = ? WHERE image_id = ?", "js",
			config, image),
		err);
}

int store_add_snapshot(struct store *s, const char *image, const char *snapshot, const char *key,
	json_t *config, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"INSERT INTO snapshot (id, image_id, key) VALUES (?, ?, ?)", "sss", snapshot, image,
		key);
	if (result >= 0)
		result = sql_run(s, NULL, NULL, err,
			"UPDATE build SET config = ? WHERE image_id = ?", "js", config, image);
	return sql_end(s, result, err);
}

struct cached {
	char *snapshot, *owner;
};

static void take_cached(sqlite3_stmt *st, void *arg)
{
	const struct cached *c = arg;

	sql_take_id(st, c->snapshot);
	strncpy(c->owner, (const char *)sqlite3_column_text(st, 1), ID_LEN);
	c->owner[ID_LEN] = '\0';
}

int store_find_cached(struct store *s, const char *key, char snapshot[ID_LEN + 1],
	char owner[ID_LEN + 1], struct error *err)
{
	struct cached c = {snapshot, owner};
	int rows;

	if (sql_begin(s, false, err) != 0)
		return -1;
	/* the newest: what was done anew has found what is new */
	rows = sql_run(s, take_cached, &c, err,
		"SELECT s.id, s.image_id FROM snapshot s JOIN image i ON i.id = s.image_id"
		" WHERE s.key = ? AND i.state IN (1, 3) ORDER BY s.rowid DESC LIMIT 1",
		"s", key);
	return sql_end(s, rows, err) != 0 ? -1 : rows;
}

int store_snapshot_owner(
	struct store *s, const char *snapshot, char owner[ID_LEN + 1], struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_take_id, owner, err, "SELECT image_id FROM snapshot WHERE id = ?",
		"s", snapshot);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such snapshot '@%s'", snapshot);
	return sql_end(s, result, err);
}

int store_image_contents(
	struct store *s, const char *image, char snapshot[ID_LEN + 1], struct error *err)
{
	int result;

	snapshot[0] = '\0';
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_take_id, snapshot, err, "SELECT contents FROM image WHERE id = ?",
		"s", image);
	return sql_end(s, result, err);
}

/* The store is held. */
static int find_container(
	struct store *s, const char *image, char container[ID_LEN + 1], struct error *err)
{
	container[0] = '\0';
	return sql_run(s, sql_take_id, container, err,
		"SELECT container_id FROM build WHERE image_id = ? AND container_id IS NOT NULL",
		"s", image);
}

int store_build_container(
	struct store *s, const char *image, char container[ID_LEN + 1], struct error *err)
{
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s, find_container(s, image, container, err), err);
}

static int drop_container(struct store *s, const char *image, struct error *err)
{
	char container[ID_LEN + 1];
	int result = find_container(s, image, container, err);

	if (result >= 0)
		result = sql_run(
			s, NULL, NULL, err, "DELETE FROM build WHERE image_id = ?", "s", image);
	if (result >= 0 && container[0] != '\0')
		result = drop_endpoints(s, container, err);
	if (result >= 0)
		result = sql_run(
			s, NULL, NULL, err, "DELETE FROM container WHERE id = ?", "s", container);
	return result;
}

int store_build_ready(struct store *s, const char *image, const struct strings *names,
	const char *contents, json_t *config, struct error *err)
{
	int result;

	if (sql_begin(s, true, err) != 0)
		return -1;
	result = drop_container(s, image, err);
	if (result >= 0)
		result = sql_run(s, NULL, NULL, err,
			"UPDATE image SET state = 1, contents = ?, config = ? WHERE id = ?", "sjs",
			contents, config, image);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", image);
	if (result > 0)
		result = sql_name_image(s, image, names, err);
	return sql_end(s, result, err);
}

int store_abandon_build(struct store *s, const char *image, struct error *err)
{
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s,
		sql_run(s, NULL, NULL, err, "UPDATE image SET state = 2 WHERE id = ?", "s", image),
		err);
}

int store_drop_build(struct store *s, const char *image, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = drop_container(s, image, err);
	if (result >= 0)
		result = sql_run(s, NULL, NULL, err, "DELETE FROM image WHERE id = ?", "s", image);
	return sql_end(s, result, err);
}

bool store_is_build_container(struct store *s, const char *container)
{
	struct error err;
	int rows;

	if (sql_begin(s, false, &err) != 0)
		return false;
	rows = sql_run(
		s, NULL, NULL, &err, "SELECT 1 FROM build WHERE container_id = ?", "s", container);
	return sql_end(s, rows, &err) == 0 && rows > 0;
}

/* ---- listing ---- */

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct build_row *b = arg;

	*b = (struct build_row){.config = sql_json(st, 2, &(bool){false})};
	sql_take_id(st, b->image);
	strncpy(b->container, (const char *)sqlite3_column_text(st, 1), ID_LEN);
}

int store_list_builds(
	struct store *s, bool abandoned, struct build_row **list, size_t *n, struct error *err)
{
	struct sql_list l = {.size = sizeof(struct build_row), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_append, &l, err,
		"SELECT b.image_id, coalesce(b.container_id, ''), b.config FROM build b"
		" JOIN image i ON i.id = b.image_id WHERE i.state = ?",
		"i", abandoned ? (int)STATE_REMOVING : (int)STATE_CREATING);
	if (sql_end(s, result, err) != 0) {
		build_list_free(l.items, l.n);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}

void build_row_free(struct build_row *b)
{
	json_decref(b->config);
	*b = (struct build_row){0};
}

void build_list_free(struct build_row *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		build_row_free(&list[i]);
	free(list);
}
