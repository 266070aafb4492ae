/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/mem.h"
#include "store/store_sql.h"

#define COLUMNS "name, created, state, populating"

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct volume *v = arg;

	v->name = sql_text(st, 0);
	v->created = sql_text(st, 1);
	v->state = (enum object_state)sqlite3_column_int(st, 2);
	v->populating = sqlite3_column_int(st, 3) != 0;
}

int store_add_volume(struct store *s, const struct volume *v, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err, "INSERT INTO volume (" COLUMNS ") VALUES (?, ?, 0, 0)",
		"ss", v->name, v->created);
	if (result < 0 && err->kind == ERROR_CONFLICT)
		error_set(err, ERROR_CONFLICT, "volume name '%s' is already taken", v->name);
	return sql_end(s, result, err);
}

int store_volume_ready(struct store *s, const char *name, struct error *err)
{
	return sql_change(
		s, true, "volume", "UPDATE volume SET state = 1 WHERE name = ?", name, err);
}

int store_removing_volume(struct store *s, const char *name, struct error *err)
{
	return sql_change(s, false, "volume",
		"UPDATE volume SET state = 2 WHERE name = ? AND state = 1", name, err);
}

int store_drop_volume(struct store *s, const char *name, struct error *err)
{
	return sql_change(s, false, "volume", "DELETE FROM volume WHERE name = ?", name, err);
}

int store_volume_populating(struct store *s, const char *name, bool populating, struct error *err)
{
	return sql_change(s, true, "volume",
		populating ? "UPDATE volume SET populating = 1 WHERE name = ? AND state = 1"
			   : "UPDATE volume SET populating = 0 WHERE name = ? AND state = 1",
		name, err);
}

int store_get_volume(struct store *s, const char *name, struct volume *v, struct error *err)
{
	int result;

	*v = (struct volume){0};
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(
		s, read_row, v, err, "SELECT " COLUMNS " FROM volume WHERE name = ?", "s", name);
	if (result == 0)
		result = sql_no_such(s, "volume", "volume", name, err);
	result = sql_end(s, result, err);
	if (result != 0)
		volume_free(v);
	return result;
}

void volume_free(struct volume *v)
{
	free(v->name);
	free(v->created);
	*v = (struct volume){0};
}

int store_list_volumes(struct store *s, enum object_state state, struct volume **list, size_t *n,
	struct error *err)
{
	struct sql_list l = {.size = sizeof(struct volume), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_append, &l, err,
		"SELECT " COLUMNS " FROM volume WHERE state = ? ORDER BY created DESC, name", "i",
		(int)state);
	if (sql_end(s, result, err) != 0) {
		volume_list_free(l.items, l.n);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}

void volume_list_free(struct volume *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		volume_free(&list[i]);
	free(list);
}
