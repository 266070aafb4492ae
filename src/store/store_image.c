/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/mem.h"
#include "store/store_sql.h"

/* An image's names in the order it got them, which is that of their rows. */
const char store_image_name_schema[] =
	"CREATE TABLE image_name ("
	"  name TEXT NOT NULL, tag TEXT NOT NULL,"
	"  image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,"
	"  PRIMARY KEY (name, tag)) STRICT;"
	"CREATE INDEX image_name_image ON image_name (image_id);"
	"INSERT INTO image_name (name, tag, image_id)"
	" SELECT name, tag, id FROM image WHERE name <> '' ORDER BY created, id;"
	"DROP INDEX image_tag;"
	"ALTER TABLE image DROP COLUMN name;"
	"ALTER TABLE image DROP COLUMN tag;";

/* The names are a list in JSON. */
#define COLUMNS                                                                                    \
	"id, created, state, config, (SELECT json_group_array(n.name || ':' || n.tag) FROM"        \
	" (SELECT name, tag FROM image_name WHERE image_id = image.id ORDER BY rowid) n)"

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct image *i = arg;
	const char *first, *colon;

	sql_take_id(st, i->id);
	i->created = sql_text(st, 1);
	i->state = (enum object_state)sqlite3_column_int(st, 2);
	i->config = sql_json(st, 3, &i->broken);
	i->names = json_loads((const char *)sqlite3_column_text(st, 4), 0, NULL);
	first = json_string_value(json_array_get(i->names, 0));
	first = first != NULL ? first : "";
	colon = strchr(first, ':');
	i->name = colon != NULL ? xstrndup(first, (size_t)(colon - first)) : xstrdup("");
	i->tag = xstrdup(colon != NULL ? colon + 1 : "");
}

int store_add_image(struct store *s, const struct image *i, struct error *err)
{
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s,
		sql_run(s, NULL, NULL, err,
			"INSERT INTO image (id, created, state, config) VALUES (?, ?, 0, ?)", "ssj",
			i->id, i->created, i->config),
		err);
}

int sql_name_image(struct store *s, const char *id, const struct strings *names, struct error *err)
{
	for (size_t i = 0; i < names->n; i++) {
		const char *tag = strchr(names->v[i], ':') + 1;
		AUTO_FREE char *name = xstrndup(names->v[i], (size_t)(tag - names->v[i]) - 1);

		/* from another image it comes behind those that this one has */
		if (sql_run(s, NULL, NULL, err,
			    "DELETE FROM image_name WHERE name = ? AND tag = ? AND image_id <> ?",
			    "sss", name, tag, id) < 0 ||
			sql_run(s, NULL, NULL, err,
				"INSERT OR IGNORE INTO image_name (name, tag, image_id)"
				" VALUES (?, ?, ?)",
				"sss", name, tag, id) < 0)
			return -1;
	}
	return 0;
}

int store_image_ready(struct store *s, const char *id, const struct strings *names, json_t *config,
	struct error *err)
{
	int result;

	if (sql_begin(s, true, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err, "UPDATE image SET state = 1, config = ? WHERE id = ?",
		"js", config, id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", id);
	if (result > 0)
		result = sql_name_image(s, id, names, err);
	return sql_end(s, result, err);
}

/* Which image has the name, "" if none. Returns -1 on error. */
static int find_named(struct store *s, const char *nametag, char id[ID_LEN + 1], struct error *err)
{
	id[0] = '\0';
	return sql_run(s, sql_take_id, id, err,
		"SELECT image_id FROM image_name WHERE name || ':' || tag = ?", "s", nametag);
}

/* The image's first name becomes this one, which nobody has; if it has none, that is all. */
static int replace_name(struct store *s, const char *id, const char *nametag, struct error *err)
{
	return sql_run(s, NULL, NULL, err,
		"UPDATE image_name SET name = substr(?1, 1, instr(?1, ':') - 1),"
		" tag = substr(?1, instr(?1, ':') + 1)"
		" WHERE rowid = (SELECT min(rowid) FROM image_name WHERE image_id = ?2)",
		"ss", nametag, id);
}

/* Takes the name away from whoever has it and gives it to the image. */
static int move_name(
	struct store *s, const char *id, const char *nametag, unsigned int how, struct error *err)
{
	struct strings names = {.v = (char *[]){(char *)(uintptr_t)nametag}, .n = 1};
	/* what is to be replaced by itself stays */
	int result = sql_run(s, NULL, NULL, err,
		"DELETE FROM image_name WHERE name || ':' || tag = ?1 AND rowid <> coalesce("
		"(SELECT min(rowid) FROM image_name WHERE image_id = ?2), 0)",
		"ss", nametag, id);

	if (result >= 0)
		result = (how & TAG_ADD) != 0 ? 0 : replace_name(s, id, nametag, err);
	return result == 0 ? sql_name_image(s, id, &names, err) : result;
}

int store_tag_image(
	struct store *s, const char *id, const char *nametag, unsigned int how, struct error *err)
{
	char other[ID_LEN + 1];
	int result;

	if (sql_begin(s, true, err) != 0)
		return -1;
	result = sql_run(
		s, NULL, NULL, err, "SELECT 1 FROM image WHERE id = ? AND state = 1", "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", id);
	if (result > 0)
		result = find_named(s, nametag, other, err);
	if (result > 0 && strcmp(other, id) != 0 && (how & TAG_UNUSED) != 0)
		result = error_set(err, ERROR_CONFLICT,
			"%s is a name of image %s, which would lose it: that takes force", nametag,
			other);
	if (result >= 0 && ((how & TAG_ADD) == 0 || strcmp(other, id) != 0))
		result = move_name(s, id, nametag, how, err);
	return sql_end(s, result, err);
}

int store_untag_image(
	struct store *s, const char *id, const char *nametag, bool unused, struct error *err)
{
	AUTO(buffer_free) struct buffer names = {0};
	char named[ID_LEN + 1];
	int n, result;

	if (sql_begin(s, true, err) != 0)
		return -1;
	n = sql_run(s, sql_gather_names, &names, err,
		"SELECT name || ':' || tag FROM image_name WHERE image_id = ? ORDER BY rowid", "s",
		id);
	result = n < 0 ? -1 : find_named(s, nametag, named, err);
	if (result >= 0 && n < 2)
		result = 0;
	else if (result > 0 && strcmp(named, id) == 0)
		result = sql_run(s, NULL, NULL, err,
			"DELETE FROM image_name WHERE name || ':' || tag = ?", "s", nametag);
	else if (result >= 0 && unused)
		result = error_set(err, ERROR_CONFLICT,
			"image %s has the names %s: to remove them all takes force", id,
			names.data);
	else if (result > 0)
		result = 0;
	return sql_end(s, result, err) != 0 ? -1 : result;
}

/* Refuses if containers were made from the image, or images by its name, naming them. */
static int check_users(struct store *s, const char *id, struct error *err)
{
	AUTO(buffer_free) struct buffer containers = {0}, images = {0};
	int nc = sql_run(s, sql_gather_names, &containers, err,
		"SELECT coalesce(name, id) FROM container WHERE image_id = ? ORDER BY 1", "s", id);
	int ni = nc < 0 ? -1
			: sql_run(s, sql_gather_names, &images, err,
				  "SELECT coalesce((SELECT n.name || ':' || n.tag FROM image_name"
				  " n WHERE n.image_id = i.id ORDER BY n.rowid LIMIT 1), i.id)"
				  " FROM image i WHERE i.parent = ? AND i.state < 2 ORDER BY 1",
				  "s", id);

	if (ni < 0)
		return -1;
	if (nc + ni == 0)
		return 0;
	return error_set(err, ERROR_CONFLICT, "image %s is used by %s%s%s%s%s", id,
		nc > 0 ? (nc > 1 ? "containers " : "container ") : "",
		nc > 0 ? containers.data : "", nc > 0 && ni > 0 ? " and by " : "",
		ni > 0 ? (ni > 1 ? "images " : "image ") : "", ni > 0 ? images.data : "");
}

static void read_kept(sqlite3_stmt *st, void *arg)
{
	*(bool *)arg = sqlite3_column_int(st, 0) == STATE_KEPT;
}

/*
 * Forgets the snapshots of an image that none of the others has among its instructions, so that the
 * cache does not bring back what was removed. What a build goes on from is not to be seen yet.
 */
static int forget_snapshots(struct store *s, const char *id, struct error *err)
{
	return sql_run(s, NULL, NULL, err,
		"DELETE FROM snapshot WHERE image_id = ?1"
		" AND NOT EXISTS (SELECT 1 FROM image WHERE state = 0 AND origin = ?1)"
		" AND id NOT IN (SELECT contents FROM image WHERE id <> ?1)"
		" AND '@' || id NOT IN (SELECT e.value ->> 1 FROM image i, json_each(" SQL_CONFIG(
			"i.config") ", '$.instructions') AS e WHERE i.id <> ?1)",
		"s", id);
}

int store_removing_image(struct store *s, const char *id, bool *kept, struct error *err)
{
	int result;

	*kept = false;
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = check_users(s, id, err);
	if (result == 0)
		result = sql_run(s, read_kept, kept, err,
			"UPDATE image SET state = CASE WHEN EXISTS"
			" (SELECT 1 FROM image WHERE origin = ?1 OR parent = ?1) THEN 3 ELSE 2 END"
			" WHERE id = ?1 AND state = 1 RETURNING state",
			"s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", id);
	if (result > 0)
		result = sql_run(
			s, NULL, NULL, err, "DELETE FROM image_name WHERE image_id = ?", "s", id);
	if (result >= 0 && *kept)
		result = forget_snapshots(s, id, err);
	return sql_end(s, result, err);
}

int store_unneeded_image(struct store *s, char id[ID_LEN + 1], struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_take_id, id, err,
		"UPDATE image SET state = 2 WHERE id = (SELECT id FROM image AS i WHERE state = 3"
		" AND NOT EXISTS (SELECT 1 FROM image WHERE origin = i.id OR parent = i.id)"
		" LIMIT 1) RETURNING id",
		"");
	return sql_end(s, result, err) != 0 ? -1 : result;
}

int store_drop_image(struct store *s, const char *id, struct error *err)
{
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(
		s, sql_run(s, NULL, NULL, err, "DELETE FROM image WHERE id = ?", "s", id), err);
}

/* Whether one of the image's instructions has that snapshot. */
static int check_snapshot(struct store *s, const char *id, const char *snapshot, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"SELECT 1 FROM image i, json_each(" SQL_CONFIG(
			"i.config") ", '$.instructions') AS e"
				    " WHERE i.id = ? AND e.value ->> 1 = '@' || ?",
		"ss", id, snapshot);
	if (result == 0)
		result = error_set(
			err, ERROR_NOT_FOUND, "image %s has no snapshot '@%.80s'", id, snapshot);
	return sql_end(s, result, err);
}

int store_find_state(struct store *s, const char *ref, struct image_ref *found, struct error *err)
{
	const char *at = strrchr(ref, '@');
	AUTO_FREE char *image = xstrndup(ref, at ? (size_t)(at - ref) : strlen(ref));

	*found = (struct image_ref){0};
	if (store_find_image(s, image, found->id, err) != 0)
		return -1;
	if (at == NULL)
		return 0;
	if (check_snapshot(s, found->id, at + 1, err) != 0)
		return -1;
	memcpy(found->snapshot, at + 1, strnlen(at + 1, ID_LEN));
	return 0;
}

int store_find_image(struct store *s, const char *ref, char id[ID_LEN + 1], struct error *err)
{
	const char *colon = strrchr(ref, ':');
	AUTO_FREE char *name = xstrndup(ref, colon ? (size_t)(colon - ref) : strlen(ref));
	int result;

	id[0] = '\0';
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_take_id, id, err, "SELECT id FROM image WHERE state = 1 AND id = ?",
		"s", ref);
	if (result == 0 && name[0] != '\0')
		result = sql_run(s, sql_take_id, id, err,
			"SELECT image_id FROM image_name WHERE name = ? AND tag = ?", "ss", name,
			colon ? colon + 1 : "latest");
	if (result == 0)
		result = sql_find_id(s, "image", "image", ref, id, err);
	return sql_end(s, result, err);
}

int store_get_image(struct store *s, const char *id, struct image *i, struct error *err)
{
	int result;

	*i = (struct image){0};
	if (sql_begin(s, false, err) != 0)
		return -1;
	result =
		sql_run(s, read_row, i, err, "SELECT " COLUMNS " FROM image WHERE id = ?", "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", id);
	else if (i->broken)
		result = sql_broken("image", id, err);
	result = sql_end(s, result, err);
	if (result != 0)
		image_free(i);
	return result;
}

void image_free(struct image *i)
{
	free(i->name);
	free(i->tag);
	free(i->created);
	json_decref(i->names);
	json_decref(i->config);
	*i = (struct image){0};
}

int store_list_images(
	struct store *s, enum object_state state, struct image **list, size_t *n, struct error *err)
{
	struct sql_list l = {.size = sizeof(struct image), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_append, &l, err,
		"SELECT " COLUMNS " FROM image WHERE state = ? ORDER BY created DESC, id", "i",
		(int)state);
	if (sql_end(s, result, err) != 0) {
		image_list_free(l.items, l.n);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}

void image_list_free(struct image *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		image_free(&list[i]);
	free(list);
}
