/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store_sql.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

static const char image_and_container_schema[] =
	"CREATE TABLE image ("
	"  id TEXT PRIMARY KEY,"
	"  name TEXT NOT NULL, tag TEXT NOT NULL," /* both '': untagged */
	"  state INTEGER NOT NULL, created TEXT NOT NULL, config TEXT NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX image_tag ON image (name, tag) WHERE name <> '';"
	"CREATE TABLE container ("
	"  id TEXT PRIMARY KEY,"
	"  name TEXT UNIQUE," /* null once it is being removed */
	"  image_id TEXT NOT NULL REFERENCES image (id), snapshot TEXT NOT NULL,"
	"  state INTEGER NOT NULL, created TEXT NOT NULL, exit_code INTEGER NOT NULL,"
	"  config TEXT NOT NULL) STRICT;"
	"CREATE INDEX container_image ON container (image_id);";

static const char volume_schema[] = "CREATE TABLE volume ("
				    "  name TEXT PRIMARY KEY,"
				    "  state INTEGER NOT NULL, created TEXT NOT NULL,"
				    "  populating INTEGER NOT NULL) STRICT;";

/* Each entry brings the schema from the version that is its index to the next one. */
static const char *const migrations[] = {
	image_and_container_schema,
	volume_schema,
	"ALTER TABLE container ADD COLUMN out_of_memory INTEGER NOT NULL DEFAULT 0;",
	store_network_schema,
	"ALTER TABLE container ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;",
	store_build_schema,
	"ALTER TABLE container ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;",
	"CREATE INDEX container_created ON container (state, created DESC, id);",
	"ALTER TABLE container ADD COLUMN visit INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE endpoint ADD COLUMN by_address INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE endpoint ADD COLUMN aliases TEXT NOT NULL DEFAULT '';",
	store_parent_schema,
	"ALTER TABLE container ADD COLUMN started TEXT NOT NULL DEFAULT '';",
	store_image_name_schema,
	store_open_port_schema,
};

int sql_error(struct store *s, struct error *err, const char *what)
{
	/* of a COMMIT that has failed SQLite knows no errno(3); but nothing has succeeded since */
	int last = errno, known = sqlite3_system_errno(s->db), errnum = known ? known : last;
	int code = sqlite3_errcode(s->db) & 0xff;
	bool is_disk = code == SQLITE_IOERR || code == SQLITE_FULL || code == SQLITE_CANTOPEN;

	return error_set(err, ERROR_SYSTEM, "cannot %s the store %s: %s%s%s%s", what, s->path,
		sqlite3_errmsg(s->db), is_disk && errnum != 0 ? " (" : "",
		is_disk && errnum != 0 ? strerror(errnum) : "", is_disk && errnum != 0 ? ")" : "");
}

/* FULL waits for the write-ahead log to be on disk at each commit, NORMAL does not. */
static int set_durable(struct store *s, bool durable)
{
	int code = SQLITE_OK;

	if (s->durable != durable)
		code = sqlite3_exec(s->db,
			durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", NULL,
			NULL, NULL);
	if (code == SQLITE_OK)
		s->durable = durable;
	return code;
}

/* The statement, ready to be bound: one that was prepared before if there is. NULL: an error. */
static sqlite3_stmt *prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *st;

	for (size_t i = 0; i < s->nstatements; i++)
		if (strcmp(sqlite3_sql(s->statements[i]), sql) == 0)
			return s->statements[i];
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
		return NULL;
	if (s->nstatements == STATEMENTS_MAX)
		sqlite3_finalize(s->statements[--s->nstatements]);
	s->statements[s->nstatements++] = st;
	return st;
}

/* What errno(3) is afterwards is of this step. */
static int step(sqlite3_stmt *st)
{
	errno = 0;
	return sqlite3_step(st);
}

/* A statement without parameters and rows. */
static int execute(struct store *s, const char *sql)
{
	sqlite3_stmt *st = prepare(s, sql);
	int code;

	if (st == NULL)
		return SQLITE_ERROR;
	code = step(st);
	sqlite3_reset(st);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int sql_begin(struct store *s, bool durable, struct error *err)
{
	pthread_mutex_lock(&s->mutex);
	if (set_durable(s, durable) != SQLITE_OK || execute(s, "BEGIN IMMEDIATE") != SQLITE_OK) {
		sql_error(s, err, "write to");
		pthread_mutex_unlock(&s->mutex);
		return -1;
	}
	return 0;
}

int sql_end(struct store *s, int result, struct error *err)
{
	if (result >= 0 && execute(s, "COMMIT") != SQLITE_OK)
		result = sql_error(s, err, "write to");
	if (result < 0)
		execute(s, "ROLLBACK");
	pthread_mutex_unlock(&s->mutex);
	return result < 0 ? -1 : 0;
}

static void bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	for (int i = 1; *types != '\0'; i++, types++) {
		if (*types == 'i') {
			sqlite3_bind_int(st, i, va_arg(ap, int));
		} else if (*types == 'j') {
			char *text = json_dumps(va_arg(ap, json_t *), JSON_COMPACT);

			sqlite3_bind_text(st, i, text, -1, free);
		} else {
			sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
		}
	}
}

int sql_run(struct store *s, sql_row row, void *arg, struct error *err, const char *sql,
	const char *types, ...)
{
	sqlite3_stmt *st = prepare(s, sql);
	va_list ap;
	int code, rows = 0;

	if (st == NULL)
		return sql_error(s, err, "query");
	va_start(ap, types);
	bind(st, types, ap);
	va_end(ap);
	while ((code = step(st)) == SQLITE_ROW) {
		rows++;
		if (row != NULL)
			row(st, arg);
	}
	if (code != SQLITE_DONE)
		sql_error(s, err, "use");
	else if (sqlite3_column_count(st) == 0)
		rows = sqlite3_changes(s->db);
	if (code == SQLITE_CONSTRAINT)
		err->kind = ERROR_CONFLICT;
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return code == SQLITE_DONE ? rows : -1;
}

void sql_append(sqlite3_stmt *st, void *list)
{
	struct sql_list *l = list;
	char *item;

	if (l->n == l->room) {
		l->room = l->room == 0 ? 8 : 2 * l->room;
		l->items = xrealloc(l->items, l->room * l->size);
	}
	item = (char *)l->items + l->n++ * l->size;
	memset(item, 0, l->size);
	l->read(st, item);
}

int sql_change(struct store *s, bool durable, const char *what, const char *sql, const char *id,
	struct error *err)
{
	int result;

	if (sql_begin(s, durable, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err, sql, "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such %s '%s'", what, id);
	return sql_end(s, result, err);
}

char *sql_text(sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	return xstrdup(text ? text : "");
}

json_t *sql_json(sqlite3_stmt *st, int column, bool *broken)
{
	const char *text = (const char *)sqlite3_column_text(st, column);
	json_t *value = text ? json_loads(text, 0, NULL) : NULL;

	*broken = !json_is_object(value);
	if (!*broken)
		return value;
	json_decref(value);
	return json_object();
}

int sql_broken(const char *what, const char *id, struct error *err)
{
	return error_set(err, ERROR_SYSTEM,
		"%s %s is broken: its configuration in the store cannot be read; it can but be "
		"removed",
		what, id);
}

void sql_take_id(sqlite3_stmt *st, void *arg)
{
	char *id = arg;

	strncpy(id, (const char *)sqlite3_column_text(st, 0), ID_LEN);
	id[ID_LEN] = '\0';
}

void sql_gather_names(sqlite3_stmt *st, void *arg)
{
	struct buffer *b = arg;

	buffer_printf(b, "%s%s", b->len ? ", " : "", (const char *)sqlite3_column_text(st, 0));
}

static void take_int(sqlite3_stmt *st, void *arg)
{
	*(int *)arg = sqlite3_column_int(st, 0);
}

static int migrate(struct store *s, struct error *err)
{
	int version = 0, result = 0;

	if (sql_begin(s, true, err) != 0)
		return -1;
	if (sql_run(s, take_int, &version, err, "PRAGMA user_version", "") < 0)
		result = -1;
	else if (version > (int)ARRAY_SIZE(migrations))
		result = error_set(err, ERROR_SYSTEM,
			"the store was written by a newer kleened (schema %d)", version);
	for (; result == 0 && version < (int)ARRAY_SIZE(migrations); version++) {
		AUTO_FREE char *set = xasprintf("PRAGMA user_version = %d", version + 1);

		if (sqlite3_exec(s->db, migrations[version], NULL, NULL, NULL) != SQLITE_OK ||
			sqlite3_exec(s->db, set, NULL, NULL, NULL) != SQLITE_OK)
			result = sql_error(s, err, "upgrade");
	}
	return sql_end(s, result, err);
}

/*
 * Exclusive locking comes first: with it the log's index is in memory of the process alone, where
 * else it is a mapped file, which must grow when the store is opened and kills whoever touches a
 * page of it that the disk has no room for. Nothing else is mapped, or put into temporary files.
 */
static const char pragmas[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
			      "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
			      "PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024;"
			      "PRAGMA synchronous = NORMAL;";

static int open_database(struct store *s, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;

	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return sql_error(s, err, "open");
	/* what cannot be written is opened all the same */
	if (sqlite3_db_readonly(s->db, "main") == 1)
		return error_set(err, ERROR_SYSTEM,
			"cannot open the store %s: it, or its file system, is read-only", s->path);
	if (sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	if (sqlite3_errcode(s->db) == SQLITE_BUSY)
		return error_set(err, ERROR_SYSTEM, "another kleened uses %s", s->path);
	return sql_error(s, err, "open");
}

struct store *store_open(const char *path, struct error *err)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(path);
	pthread_mutex_init(&s->mutex, NULL);
	if (log_check(path, err) != 0 || open_database(s, err) != 0 || migrate(s, err) != 0 ||
		log_begin(s, err) != 0) {
		store_close(s);
		return NULL;
	}
	return s;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nstatements; i++)
		sqlite3_finalize(s->statements[i]);
	log_end(s);
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
	free(s);
}

void timestamp(char text[32])
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, 32 - n, ".%06ldZ", now.tv_nsec / 1000);
}
