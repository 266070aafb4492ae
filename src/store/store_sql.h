/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements and transactions, for the files that implement the store. */
#ifndef STORE_STORE_SQL_H
#define STORE_STORE_SQL_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/store.h"

#define STATEMENTS_MAX 128

struct store {
	sqlite3 *db;
	char *path; /* of the database */
	pthread_mutex_t mutex; /* held for a whole transaction */
	bool durable; /* what synchronous is set to */
	sqlite3_stmt *statements[STATEMENTS_MAX]; /* prepared earlier, found by their text */
	size_t nstatements;
	bool in_use; /* log_begin has come to its end */
	sqlite3_int64 written; /* rows that had been changed when the log was written back */
};

/* The networks' tables (store_network.c), a step of the migrations. */
extern const char store_network_schema[], store_open_port_schema[];

/* Names of images (store_image.c), another step. */
extern const char store_image_name_schema[];

/* In a statement: the first name, and its tag, of the image i, which may be null. */
#define SQL_IMAGE_NAME(column)                                                                     \
	"(SELECT n." column " FROM image_name n WHERE n.image_id = i.id ORDER BY n.rowid LIMIT 1)"

/* Builds, snapshots, and what images were made from (store_build.c), another step. */
extern const char store_build_schema[], store_parent_schema[];

/* "cannot WHAT the store PATH: " and why SQLite, and the system, say so; returns -1. */
int sql_error(struct store *s, struct error *err, const char *what);

/* ---- the write-ahead log (store_log.c) ---- */

/* Before the database is opened: refuses one of which a part is missing that had been there. */
int log_check(const char *path, struct error *err);

/* With the database open and its schema the newest: makes room, and leaves the mark. */
int log_begin(struct store *s, struct error *err);

/* Writes the log back, takes the mark off and closes the database, in whatever state it is. */
void log_end(struct store *s);

/* ---- statements ---- */

/*
 * Holds the store for one transaction. durable: it is on disk when sql_end returns 0. Between the
 * two, only functions below are used.
 */
int sql_begin(struct store *s, bool durable, struct error *err);
/* Commits if result is 0, else rolls back; returns result, or -1 if it could not commit. */
int sql_end(struct store *s, int result, struct error *err);

/*
 * Executes one statement with its parameters, a letter each in types: 's' text (NULL: null), 'i'
 * int, 'j' JSON. row is called for each row (may be NULL). Returns the number of rows changed or
 * delivered, or -1.
 */
typedef void (*sql_row)(sqlite3_stmt *st, void *arg);
int sql_run(struct store *s, sql_row row, void *arg, struct error *err, const char *sql,
	const char *types, ...);

/*
 * A list of what a query delivers: sql_append is a sql_row, its argument the list, and has each row
 * read into a new item at the end, which begins as zeros. Who asked frees the items.
 */
struct sql_list {
	size_t size; /* of an item */
	sql_row read; /* fills in the item that is its argument */
	void *items; /* NULL: none */
	size_t n, room;
};
void sql_append(sqlite3_stmt *st, void *list);

/*
 * One statement with one parameter, as a transaction of its own; ERROR_NOT_FOUND with what it is
 * that has no such id or name, if it changes nothing.
 */
int sql_change(struct store *s, bool durable, const char *what, const char *sql, const char *id,
	struct error *err);

/*
 * Values of a row; the texts are copies. A configuration that is no JSON object is broken, and an
 * empty one is returned.
 */
char *sql_text(sqlite3_stmt *st, int column);
json_t *sql_json(sqlite3_stmt *st, int column, bool *broken);

/* Says of an object that its configuration is broken; returns -1. */
int sql_broken(const char *what, const char *id, struct error *err);

/* In a statement: a configuration, or an empty one if it is broken. */
#define SQL_CONFIG(column) "iif(json_valid(" column "), " column ", '{}')"

/*
 * ERROR_NOT_FOUND, "no such WHAT 'REF'", with the ready row's name that may be meant; returns -1.
 * The table has the columns name and state.
 */
int sql_no_such(
	struct store *s, const char *table, const char *what, const char *ref, struct error *err);

/*
 * Gives an image names, "NAME:TAG" each, behind those it has; who had one of them loses it. Within
 * a transaction.
 */
int sql_name_image(struct store *s, const char *id, const struct strings *names, struct error *err);

/* Resolves an id or an unambiguous beginning of one among ready rows of the table. */
int sql_find_id(struct store *s, const char *table, const char *what, const char *ref,
	char id[ID_LEN + 1], struct error *err);

/* A sql_row that copies the first column, an id, to arg. */
void sql_take_id(sqlite3_stmt *st, void *arg);

/* A sql_row that appends the first column to a struct buffer, which is a list with commas. */
void sql_gather_names(sqlite3_stmt *st, void *arg);

#endif
