/*
 * The host's settings below /proc/sys that networks need otherwise than they were: what they were
 * is in <run_dir>/settings, a line "NAME BEFORE NOW" each, written before the change. Like the
 * settings themselves the file does not outlive a reboot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "host/linux/network_impl.h"

#define NAME_MAX_LEN  128
#define VALUE_MAX_LEN 32

struct noted {
	char name[NAME_MAX_LEN], before[VALUE_MAX_LEN], now[VALUE_MAX_LEN];
};

static char *file_of(const struct host *h)
{
	return xasprintf("%s/settings", h->run_dir);
}

static int read_setting(const char *name, char value[VALUE_MAX_LEN], struct error *err)
{
	AUTO_FREE char *path = xasprintf("/proc/sys/%s", name);
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, value, VALUE_MAX_LEN - 1);

	if (n < 0)
		return error_errno(err, errno, "cannot read %s", path);
	value[n] = '\0';
	value[strcspn(value, "\n\t ")] = '\0';
	return 0;
}

int setting_write(const char *name, const char *value, struct error *err)
{
	AUTO_FREE char *path = xasprintf("/proc/sys/%s", name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return error_errno(err, errno, "cannot write %s to %s", value, path);
	return 0;
}

static bool read_line(FILE *f, struct noted *n)
{
	return fscanf(f, "%127s %31s %31s", n->name, n->before, n->now) == 3;
}

static bool is_noted(const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	struct noted n;
	bool found = false;

	while (f != NULL && !found && read_line(f, &n))
		found = strcmp(n.name, name) == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

static int note(const struct host *h, const char *name, const char *before, const char *now,
	struct error *err)
{
	AUTO_FREE char *path = file_of(h);
	FILE *f;
	bool written;

	if (is_noted(path, name))
		return 0;
	f = fopen(path, "ae");
	if (f == NULL)
		return error_errno(err, errno, "cannot open %s", path);
	written = fprintf(f, "%s %s %s\n", name, before, now) > 0;
	if (fclose(f) != 0 || !written)
		return error_errno(err, errno, "cannot write to %s", path);
	return 0;
}

static int change(
	struct host *h, const char *name, const char *value, const char *reason, struct error *err)
{
	char before[VALUE_MAX_LEN];

	if (read_setting(name, before, err) != 0)
		return -1;
	if (strcmp(before, value) == 0)
		return 0;
	if (note(h, name, before, value, err) != 0 || setting_write(name, value, err) != 0)
		return -1;
	log_notice("set /proc/sys/%s to %s: %s", name, value, reason);
	return 0;
}

int setting_change(
	struct host *h, const char *name, const char *value, const char *reason, struct error *err)
{
	int result;

	pthread_mutex_lock(&h->lock);
	result = change(h, name, value, reason, err);
	pthread_mutex_unlock(&h->lock);
	return result;
}

static void restore(const struct noted *n)
{
	char now[VALUE_MAX_LEN];
	struct error err;

	if (read_setting(n->name, now, &err) != 0) /* its interface has gone */
		return;
	if (strcmp(now, n->now) != 0)
		log_notice(
			"/proc/sys/%s is %s, which somebody else has set: it stays", n->name, now);
	else if (setting_write(n->name, n->before, &err) != 0)
		log_error("%s", err.message);
	else
		log_notice("set /proc/sys/%s back to %s", n->name, n->before);
}

void settings_restore(struct host *h)
{
	AUTO_FREE char *path = file_of(h);
	struct noted *all = NULL;
	size_t n = 0;
	FILE *f;

	pthread_mutex_lock(&h->lock);
	f = fopen(path, "re");
	if (f != NULL) {
		struct noted line;

		for (; read_line(f, &line); n++) {
			all = xrealloc(all, (n + 1) * sizeof(*all));
			all[n] = line;
		}
		fclose(f);
	}
	while (n > 0) /* the last first: some set others, too */
		restore(&all[--n]);
	free(all);
	unlink(path);
	pthread_mutex_unlock(&h->lock);
}
