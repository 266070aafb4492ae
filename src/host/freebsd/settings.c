/*
 * The host's settings by sysctl(3) that networks need otherwise than they were: what they were is
 * in <run_dir>/settings, a line "NAME BEFORE NOW" each, written before the change. Like the
 * settings themselves the file does not outlive a reboot.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "base/log.h"
#include "host/freebsd/network_impl.h"

struct noted {
	char name[128];
	int before, now;
};

static char *file_of(const struct host *h)
{
	return xasprintf("%s/settings", h->run_dir);
}

static int read_setting(const char *name, int *value, struct error *err)
{
	size_t len = sizeof(*value);

	if (sysctlbyname(name, value, &len, NULL, 0) < 0)
		return error_errno(err, errno, "cannot read %s", name);
	return 0;
}

static int write_setting(const char *name, int value, struct error *err)
{
	if (sysctlbyname(name, NULL, NULL, &value, sizeof(value)) < 0)
		return error_errno(err, errno, "cannot set %s to %d", name, value);
	return 0;
}

static bool read_line(FILE *f, struct noted *n)
{
	return fscanf(f, "%127s %d %d", n->name, &n->before, &n->now) == 3;
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

static int note(const struct host *h, const struct noted *n, struct error *err)
{
	AUTO_FREE char *path = file_of(h);
	FILE *f;
	bool written;

	if (is_noted(path, n->name))
		return 0;
	f = fopen(path, "ae");
	if (f == NULL)
		return error_errno(err, errno, "cannot open %s", path);
	written = fprintf(f, "%s %d %d\n", n->name, n->before, n->now) > 0;
	if (fclose(f) != 0 || !written)
		return error_errno(err, errno, "cannot write to %s", path);
	return 0;
}

static int change(
	struct host *h, const char *name, int value, const char *reason, struct error *err)
{
	struct noted n = {.now = value};

	snprintf(n.name, sizeof(n.name), "%s", name);
	if (read_setting(name, &n.before, err) < 0)
		return -1;
	if (n.before == value)
		return 0;
	if (note(h, &n, err) < 0 || write_setting(name, value, err) < 0)
		return -1;
	log_notice("set %s to %d: %s", name, value, reason);
	return 0;
}

int setting_change(
	struct host *h, const char *name, int value, const char *reason, struct error *err)
{
	int result;

	pthread_mutex_lock(&h->lock);
	result = change(h, name, value, reason, err);
	pthread_mutex_unlock(&h->lock);
	return result;
}

static void restore(const struct noted *n)
{
	struct error err;
	int now;

	if (read_setting(n->name, &now, &err) < 0)
		log_error("%s", err.message);
	else if (now != n->now)
		log_notice("%s is %d, which somebody else has set: it stays", n->name, now);
	else if (write_setting(n->name, n->before, &err) < 0)
		log_error("%s", err.message);
	else
		log_notice("set %s back to %d", n->name, n->before);
}

void settings_restore(struct host *h)
{
	AUTO_FREE char *path = file_of(h);
	struct noted line;
	FILE *f;

	pthread_mutex_lock(&h->lock);
	f = fopen(path, "re");
	while (f != NULL && read_line(f, &line))
		restore(&line);
	if (f != NULL)
		fclose(f);
	unlink(path);
	pthread_mutex_unlock(&h->lock);
}
