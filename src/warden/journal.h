/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a warden writes down: the output of processes nobody is attached to, and how processes
 * ended.
 *
 * Output goes to two files in turn: when one would grow past its size, the other is emptied and
 * taken, so there is always between one and two sizes' worth of the newest. Each line is
 *
 *     2026-01-31T12:00:00.000000Z stdout F text
 *
 * the format Kubernetes calls the CRI log format: F ends a line of output, P is a part of one. The
 * first line of a file that was emptied counts the turns: "#3".
 *
 * A line of the status file is "<process> <exit code>", and the last one, once no process is left,
 * "end <exit code>": without it nobody knows how the container ended.
 */
#ifndef WARDEN_JOURNAL_H
#define WARDEN_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct journal {
	int logs[2]; /* open for appending */
	int status;
	int current; /* index of the log being written */
	unsigned long long turn; /* of the current one */
	uint64_t size, used;
};

/*
 * How often the files had changed over when this one was begun; 0: none of its lines says so. That
 * is written after the file was emptied, and before its first line.
 */
unsigned long long journal_turn(int log);

/*
 * The index of the log that is written now: that whose turn is the later. What no turn tells (both
 * were written by a warden of the first release), the first line's time does. Not the time of the
 * files' last change, nor the clock alone, which somebody may have set back.
 */
int journal_younger(const int logs[2]);

/* Takes the younger of the two files up again. size: bytes after which the files change over. */
void journal_init(struct journal *j, const int logs[2], int status, uint64_t size);

/* stream: "stdout" or "stderr". What cannot be written (full disk) is dropped: no one waits. */
void journal_output(struct journal *j, const char *stream, const char *data, size_t len);

void journal_exit(struct journal *j, const char *process, int code);

/* The end of the container. code: -1: no process has run in it; nothing is written. */
void journal_end(struct journal *j, int code);

/* The exit code of the container as its status file has it; -1: it did not end by itself. */
int journal_read_end(FILE *status);

#endif
