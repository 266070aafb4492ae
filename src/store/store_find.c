/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reference names, and what may be meant by one that names nothing. */
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "store/store_sql.h"

/* Names to compare a reference with, and how they are shown. */
struct candidates {
	struct strings names, shown;
};

static void gather_name(sqlite3_stmt *st, void *arg)
{
	struct candidates *c = arg;
	const char *name = (const char *)sqlite3_column_text(st, 0);
	const char *tag = (const char *)sqlite3_column_text(st, 1);

	if (name == NULL || *name == '\0')
		return;
	strings_add(&c->names, name);
	strings_take(&c->shown, tag == NULL ? xstrdup(name) : xasprintf("%s:%s", name, tag));
}

int sql_no_such(
	struct store *s, const char *table, const char *what, const char *ref, struct error *err)
{
	AUTO_FREE char *sql =
		strcmp(table, "image") == 0
			? xstrdup("SELECT name, tag FROM image_name ORDER BY name, tag")
			: xasprintf(
				  "SELECT name, NULL FROM %s WHERE state = 1 ORDER BY name", table);
	struct candidates c = {0};
	struct error ignored;
	size_t i = SUGGEST_NONE;

	if (sql_run(s, gather_name, &c, &ignored, sql, "") > 0)
		i = suggest(ref, strchr(ref, ':') == NULL ? &c.names : &c.shown);
	if (i == SUGGEST_NONE)
		error_set(err, ERROR_NOT_FOUND, "no such %s '%s'", what, ref);
	else
		error_set(err, ERROR_NOT_FOUND, "no such %s '%s'. Did you mean '%s'?", what, ref,
			c.shown.v[i]);
	strings_free(&c.names);
	strings_free(&c.shown);
	return -1;
}

static void gather_ids(sqlite3_stmt *st, void *arg)
{
	strings_take(arg, sql_text(st, 0));
}

int sql_find_id(struct store *s, const char *table, const char *what, const char *ref,
	char id[ID_LEN + 1], struct error *err)
{
	AUTO_FREE char *sql = xasprintf("SELECT id FROM %s WHERE state = 1 AND id >= ?1 "
					"AND id < ?1 || 'g' ORDER BY id LIMIT 5",
		table);
	AUTO(strings_free) struct strings ids = {0};
	struct buffer names = {0};

	if (ref[0] == '\0' || strspn(ref, "0123456789abcdef") != strlen(ref))
		return sql_no_such(s, table, what, ref, err);
	if (sql_run(s, gather_ids, &ids, err, sql, "s", ref) < 0)
		return -1;
	if (ids.n == 1) {
		memcpy(id, ids.v[0], ID_LEN + 1);
		return 0;
	}
	if (ids.n == 0)
		return sql_no_such(s, table, what, ref, err);
	for (size_t i = 0; i < ids.n; i++)
		buffer_printf(&names, "%s%s", i ? ", " : "", ids.v[i]);
	error_set(err, ERROR_NOT_FOUND, "%s '%s' is ambiguous: %s", what, ref, names.data);
	buffer_free(&names);
	return -1;
}

static const char *key_of(const char *kind)
{
	return strcmp(kind, "volume") == 0 ? "name" : "id";
}

int store_list_ids(struct store *s, const char *kind, enum object_state state, struct strings *ids,
	struct error *err)
{
	AUTO_FREE char *sql = xasprintf("SELECT %s FROM %s WHERE state = ?%s", key_of(kind), kind,
		strcmp(kind, "image") == 0 ? " AND id NOT IN (SELECT image_id FROM build)" : "");

	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s, sql_run(s, gather_ids, ids, err, sql, "i", (int)state), err);
}

bool store_has(struct store *s, const char *kind, const char *id)
{
	AUTO_FREE char *sql = xasprintf("SELECT 1 FROM %s WHERE %s = ?", kind, key_of(kind));
	struct error ignored;
	int rows;

	if (sql_begin(s, false, &ignored) != 0)
		return true;
	rows = sql_run(s, NULL, NULL, &ignored, sql, "s", id);
	return sql_end(s, rows, &ignored) != 0 || rows > 0;
}
