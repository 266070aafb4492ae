/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/unsafe.h"

const char *const log_level_names[] = {
	"debug", "info", "notice", "warning", "error", "critical", NULL};

static atomic_int log_fd = STDERR_FILENO;
static atomic_int log_least = LOG_INFO_;

void log_setup(int fd, enum log_level level)
{
	log_fd = fd;
	log_least = (int)level;
}

void log_off(void)
{
	log_least = LOG_CRITICAL_ + 1;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char line[2048];
	struct timespec now;
	struct tm tm;
	va_list ap;
	size_t len;

	if ((int)level < log_least)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &tm);
	len += (size_t)snprintf(line + len, sizeof(line) - len, ".%06ldZ %s ", now.tv_nsec / 1000,
		log_level_names[level]);
	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	va_end(ap);
	/* what a user or a container named must not forge a line of the log */
	for (char *p = line + len; *p; p++)
		for (size_t n = unsafe_length(p, NULL); n > 0; n--)
			p[n - 1] = ' ';
	len = strlen(line);
	line[len++] = '\n';
	(void)!write(log_fd, line, len); /* one write a line: lines of threads do not mix */
}
