/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging of the daemon: one line a message, "2026-01-31T12:00:00.000000Z level message", to
 * standard error or to a file. Safe from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG_, LOG_INFO_, LOG_NOTICE_, LOG_WARNING_, LOG_ERROR_, LOG_CRITICAL_ };

/* The names of the levels in the order of the enumeration: "debug" … "critical". */
extern const char *const log_level_names[];

/* Messages below the level are dropped. fd: where lines go; it stays the caller's. */
void log_setup(int fd, enum log_level level);

/* Drops every message from now on. */
void log_off(void);

void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...)	  log_write(LOG_DEBUG_, __VA_ARGS__)
#define log_info(...)	  log_write(LOG_INFO_, __VA_ARGS__)
#define log_notice(...)	  log_write(LOG_NOTICE_, __VA_ARGS__)
#define log_warning(...)  log_write(LOG_WARNING_, __VA_ARGS__)
#define log_error(...)	  log_write(LOG_ERROR_, __VA_ARGS__)
#define log_critical(...) log_write(LOG_CRITICAL_, __VA_ARGS__)

#endif
