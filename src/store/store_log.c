/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's write-ahead log: room for it, writing it back, and the mark in the database file that
 * says that there is one.
 *
 * SQLite takes a database without its log for one that was closed in order, and a log without its
 * database for rubbish. So the database's application id says, in the file itself, whether a daemon
 * has it open: if that one was killed, the log must be there.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/store_sql.h"

#define LOG_PAGES   1000 /* that it has when it is written back */
#define LOG_RESERVE (4400 << 10) /* bytes: those pages, and what one transaction adds */
#define CHUNK	    (1 << 20) /* bytes that the database file grows by */

#define MARK	     0x4b6c6565 /* as application_id: "Klee" */
#define MARK_OFFSET  68 /* of the application id in a database file, which SQLite documents */
#define HEADER_SIZE  32 /* of a log; if that is zero, nothing behind it counts */
#define SET_MARK(id) "PRAGMA application_id = " #id
#define MARK_SQL(id) SET_MARK(id)

static char *log_path(const char *path)
{
	return xasprintf("%s-wal", path);
}

/* ---- before it is opened ---- */

/* Reads length bytes at offset; what is not there counts as zero. -1 with errno: no such file. */
static int read_at(const char *path, off_t offset, void *bytes, size_t length)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(bytes, 0, length);
	if (fd < 0 || pread(fd, bytes, length, offset) < 0)
		return -1;
	return 0;
}

int log_check(const char *path, struct error *err)
{
	static const unsigned char mark[] = {
		MARK >> 24, MARK >> 16 & 0xff, MARK >> 8 & 0xff, MARK & 0xff};
	static const unsigned char nothing[HEADER_SIZE];
	AUTO_FREE char *log = log_path(path);
	unsigned char found[sizeof(mark)], header[HEADER_SIZE];
	struct stat st;
	bool has_log = read_at(log, 0, header, sizeof(header)) == 0;

	if (!has_log && errno != ENOENT)
		return error_errno(err, errno, "cannot open the store's log %s", log);
	if (stat(path, &st) != 0 || st.st_size == 0) {
		if (has_log && memcmp(header, nothing, sizeof(header)) != 0)
			return error_set(err, ERROR_SYSTEM,
				"the store %s is missing, though its log %s is there: put it back, "
				"or remove the log to begin with an empty store",
				path, log);
		return 0;
	}
	if (read_at(path, MARK_OFFSET, found, sizeof(found)) != 0)
		return error_errno(err, errno, "cannot open the store %s", path);
	if (!has_log && memcmp(found, mark, sizeof(mark)) == 0)
		return error_set(err, ERROR_SYSTEM,
			"the log %s of the store is missing, and with it what was stored last: put "
			"it back, or make an empty file of that name to go on without",
			log);
	return 0;
}

/* ---- room ---- */

/* Where the file system cannot do it, nothing is lost. */
static void reserve_log(const struct store *s)
{
	AUTO_FREE char *log = log_path(s->path);
	AUTO_CLOSE int fd = open(log, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int errnum = fd < 0 ? errno : posix_fallocate(fd, 0, LOG_RESERVE);

	if (errnum == ENOSPC || errnum == EDQUOT)
		log_warning("the store %s: no room for its log is left", s->path);
}

static void take_size(sqlite3_stmt *st, void *arg)
{
	*(sqlite3_int64 *)arg = sqlite3_column_int64(st, 0);
}

/* So that a whole log can be written back when nothing else finds room. The store is held. */
static void reserve_database(struct store *s)
{
	sqlite3_int64 size = 0;
	struct error ignored;

	if (sql_run(s, take_size, &size, &ignored,
		    "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
		    "") != 1)
		return;
	size += LOG_RESERVE;
	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_SIZE_HINT, &size) != SQLITE_OK)
		log_warning("the store %s: no room for it to grow is left", s->path);
}

/* ---- writing it back ---- */

/* The store is held. Nobody else reads it, so this gets to the log's end. */
static int write_back(struct store *s)
{
	int code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	if (code == SQLITE_OK)
		s->written = sqlite3_total_changes64(s->db);
	return code;
}

/* What the log has is safe there, too: the daemon can go on. */
static void write_back_or_warn(struct store *s)
{
	struct error err;

	if (write_back(s) == SQLITE_OK) {
		reserve_database(s);
		return;
	}
	sql_error(s, &err, "write back the log of");
	log_warning("%s", err.message);
}

/* A transaction has ended: what SQLite would do by itself, and room for the next time. */
static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	(void)db, (void)name;
	if (pages >= LOG_PAGES)
		write_back_or_warn(arg);
	return SQLITE_OK;
}

int store_checkpoint(struct store *s, struct error *err)
{
	int result = 0;

	pthread_mutex_lock(&s->mutex);
	if (s->written != sqlite3_total_changes64(s->db)) {
		if (write_back(s) == SQLITE_OK)
			reserve_database(s);
		else
			result = sql_error(s, err, "write back the log of");
	}
	pthread_mutex_unlock(&s->mutex);
	return result;
}

/* ---- from the beginning to the end ---- */

int log_begin(struct store *s, struct error *err)
{
	AUTO_FREE char *index = xasprintf("%s-shm", s->path);
	int on = 1, chunk = CHUNK, result;

	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	sqlite3_wal_hook(s->db, on_commit, s);
	pthread_mutex_lock(&s->mutex);
	result = sqlite3_exec(s->db, MARK_SQL(MARK), NULL, NULL, NULL) == SQLITE_OK
			 ? 0
			 : sql_error(s, err, "write to");
	if (result == 0)
		write_back_or_warn(s);
	pthread_mutex_unlock(&s->mutex);
	if (result != 0)
		return -1;
	reserve_log(s);
	unlink(index); /* of a store that shared its log's index; we have it for ourselves */
	s->in_use = true;
	return 0;
}

/* The log keeps its room, but a copy of the database that is put back must not be mixed with it. */
static void empty_log(const struct store *s)
{
	static const unsigned char nothing[HEADER_SIZE];
	AUTO_FREE char *log = log_path(s->path);
	AUTO_CLOSE int fd = open(log, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || pwrite(fd, nothing, sizeof(nothing), 0) != sizeof(nothing) || fsync(fd) != 0)
		log_warning("cannot empty the store's log %s: %s", log, strerror(errno));
}

void log_end(struct store *s)
{
	bool is_whole = s->in_use &&
			sqlite3_exec(s->db, MARK_SQL(0), NULL, NULL, NULL) == SQLITE_OK &&
			write_back(s) == SQLITE_OK;
	struct error err;

	if (s->in_use && !is_whole) {
		sql_error(s, &err, "write back the log of");
		log_error("%s", err.message);
	}
	if (sqlite3_close(s->db) == SQLITE_OK && is_whole)
		empty_log(s);
}
