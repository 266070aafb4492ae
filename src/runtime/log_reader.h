/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two files of a container's log as one text, read while the warden writes to them
 * (warden/journal.h). A reader that is slow finds files written over that it had still to read:
 * then it goes on with the oldest there is, and knows that something is lost.
 */
#ifndef RUNTIME_LOG_READER_H
#define RUNTIME_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/mem.h"

#define LOG_RECORD_MAX ((size_t)32 * 1024) /* bytes of a line; a warden's are shorter */

struct log_reader {
	int files[2];
	int current; /* index of the file that is read */
	unsigned long long turn; /* which the file had when this began to read it */
	off_t at; /* how far it has come in it */
	int changes; /* how often it may still go on to a younger file; -1: always */
	size_t skip[2]; /* lines of output of each file that are not wanted */
	bool complete; /* nothing more is written to the current file; it may just not be read yet
			*/
	bool lost; /* something was, after the last line that was read */
	char seen[40]; /* time of that line; "": none was read yet */
};

/* One line of a log file: a line of output, or a part of one. Points into what was parsed. */
struct log_record {
	bool error; /* of standard error */
	bool whole; /* it ends a line of output */
	const char *stamp, *text;
	size_t stamp_len, len;
};

/*
 * Takes a line apart, its end included; false if it is no record: longer than a warden's, or the
 * count of turns.
 */
bool log_record_parse(const char *line, size_t len, struct log_record *r);

/*
 * Begins with the older file. files: the caller's, who closes them. tail: how many of the last
 * lines of output are wanted; -1: all. follow: also what is written from now on.
 */
void log_reader_init(struct log_reader *r, const int files[2], long long tail, bool follow);

/*
 * Reads whole lines, as many as there are, but at most size bytes, which must be twice
 * LOG_RECORD_MAX. Returns their number; the same are read again until log_reader_took. 0: there
 * are none now, or, without follow, any more.
 */
size_t log_reader_read(struct log_reader *r, char *buf, size_t size);

/*
 * The first len bytes of what was read last have been used: one line, of which record is the
 * content; NULL: none of a warden's. Returns whether the line is wanted.
 */
bool log_reader_took(struct log_reader *r, size_t len, const struct log_record *record);

/*
 * Appends, once, what is lost before the line whose time is given (NULL: until now), as one line
 * for the client. False: nothing is.
 */
bool log_reader_lost(struct log_reader *r, const struct log_record *before, struct buffer *out);

#endif
