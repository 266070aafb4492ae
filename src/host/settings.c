/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/settings.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

struct noted {
	char name[128], before[SETTING_VALUE_MAX], now[SETTING_VALUE_MAX];
};

struct settings {
	char *path;
	pthread_mutex_t lock;
};

struct settings *settings_new(const char *run_dir)
{
	struct settings *s = xcalloc(1, sizeof(*s));

	s->path = xasprintf("%s/settings", run_dir);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}

static bool read_line(FILE *f, struct noted *n)
{
	return fscanf(f, "%127s %31s %31s", n->name, n->before, n->now) == 3;
}

/* All that is noted, to be freed. */
static struct noted *read_all(const char *path, size_t *n)
{
	FILE *f = fopen(path, "re");
	struct noted *all = NULL, line;

	for (*n = 0; f != NULL && read_line(f, &line); ++*n) {
		all = xrealloc(all, (*n + 1) * sizeof(*all));
		all[*n] = line;
	}
	if (f != NULL)
		fclose(f);
	return all;
}

static bool is_noted(const char *path, const char *name)
{
	size_t n;
	AUTO_FREE struct noted *all = read_all(path, &n);

	while (n > 0)
		if (strcmp(all[--n].name, name) == 0)
			return true;
	return false;
}

static int note(const char *path, const struct noted *n, struct error *err)
{
	bool written;
	FILE *f;

	if (is_noted(path, n->name))
		return 0;
	f = fopen(path, "ae");
	if (f == NULL)
		return error_errno(err, errno, "cannot open %s", path);
	written = fprintf(f, "%s %s %s\n", n->name, n->before, n->now) > 0;
	if (fclose(f) != 0 || !written)
		return error_errno(err, errno, "cannot write to %s", path);
	return 0;
}

static int change(const char *path, struct noted *n, const char *reason, struct error *err)
{
	if (setting_read(n->name, n->before, err) != 0)
		return -1;
	if (strcmp(n->before, n->now) == 0)
		return 0;
	if (note(path, n, err) != 0 || setting_write(n->name, n->now, err) != 0)
		return -1;
	log_notice("set %s to %s: %s", n->name, n->now, reason);
	return 0;
}

int setting_change(struct settings *s, const char *name, const char *value, const char *reason,
	struct error *err)
{
	struct noted n;
	int result;

	snprintf(n.name, sizeof(n.name), "%s", name);
	snprintf(n.now, sizeof(n.now), "%s", value);
	pthread_mutex_lock(&s->lock);
	result = change(s->path, &n, reason, err);
	pthread_mutex_unlock(&s->lock);
	return result;
}

static void restore(const struct noted *n)
{
	char now[SETTING_VALUE_MAX];
	struct error err;

	if (setting_read(n->name, now, &err) != 0) {
		if (err.kind != ERROR_NOT_FOUND) /* else its interface has gone */
			log_error("%s", err.message);
	} else if (strcmp(now, n->now) != 0) {
		log_notice("%s is %s, which somebody else has set: it stays", n->name, now);
	} else if (setting_write(n->name, n->before, &err) != 0) {
		log_error("%s", err.message);
	} else {
		log_notice("set %s back to %s", n->name, n->before);
	}
}

void settings_restore(struct settings *s)
{
	struct noted *all;
	size_t n;

	pthread_mutex_lock(&s->lock);
	all = read_all(s->path, &n);
	while (n > 0) /* the last first: some set others, too */
		restore(&all[--n]);
	free(all);
	unlink(s->path);
	pthread_mutex_unlock(&s->lock);
}
