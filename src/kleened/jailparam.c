#include "kleened/jailparam.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_STOP "/bin/sh /etc/rc.shutdown jail"

enum type { TEXT, BOOLEAN, SECONDS };

static const struct param {
	const char *name;
	enum type type;
	size_t offset; /* of its member in struct jail_settings */
} params[] = {
	{"exec.clean", BOOLEAN, offsetof(struct jail_settings, clean)},
	{"exec.jail_user", TEXT, offsetof(struct jail_settings, user)},
	{"exec.stop", TEXT, offsetof(struct jail_settings, stop)},
	{"host.hostname", TEXT, offsetof(struct jail_settings, hostname)},
	{"mount.devfs", BOOLEAN, offsetof(struct jail_settings, devfs)},
	{"stop.timeout", SECONDS, offsetof(struct jail_settings, stop_timeout)},
};

static const struct param *find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++)
		if (strlen(params[i].name) == len && memcmp(params[i].name, name, len) == 0)
			return &params[i];
	return NULL;
}

/* Finds a boolean by its name with "no" in front of the last part: mount.nodevfs. */
static const struct param *find_negated(const char *text, size_t len)
{
	AUTO_FREE char *name = xstrndup(text, len);
	char *last = strrchr(name, '.');
	const struct param *p;

	last = last ? last + 1 : name;
	if (strncmp(last, "no", 2) != 0)
		return NULL;
	memmove(last, last + 2, strlen(last + 2) + 1);
	p = find(name, strlen(name));
	return p != NULL && p->type == BOOLEAN ? p : NULL;
}

static int set(struct jail_settings *s, const struct param *p, const char *value, const char *text,
	struct error *err)
{
	void *member = (char *)s + p->offset;
	char *end;
	long seconds;

	if (p->type == BOOLEAN) {
		if (value != NULL && strcmp(value, "true") != 0 && strcmp(value, "false") != 0 &&
			strcmp(value, "1") != 0 && strcmp(value, "0") != 0)
			return error_set(err, ERROR_INVALID,
				"jail parameter '%s': expected true or false", text);
		*(bool *)member =
			value == NULL || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
		return 0;
	}
	if (value == NULL)
		return error_set(err, ERROR_INVALID, "jail parameter '%s' needs a value", text);
	if (p->type == TEXT) {
		free(*(char **)member);
		*(char **)member = xstrdup(value);
		return 0;
	}
	errno = 0;
	seconds = strtol(value, &end, 10);
	if (errno != 0 || *value == '\0' || *end != '\0' || seconds < 0 || seconds > 86400)
		return error_set(err, ERROR_INVALID,
			"jail parameter '%s': expected a number of seconds up to 86400", text);
	*(int *)member = (int)seconds;
	return 0;
}

static int parse(struct jail_settings *s, const char *text, struct error *err)
{
	size_t len = strcspn(text, "=");
	const char *value = text[len] == '=' ? text + len + 1 : NULL;
	const struct param *p = find(text, len);

	if (p != NULL)
		return set(s, p, value, text, err);
	p = find_negated(text, len);
	if (p != NULL && value == NULL)
		return set(s, p, "false", text, err);
	return error_set(err, ERROR_INVALID, "unknown jail parameter '%.*s'", (int)len, text);
}

int jail_settings_parse(
	const json_t *list, const char *id, struct jail_settings *settings, struct error *err)
{
	size_t i;
	json_t *item;

	*settings = (struct jail_settings){.devfs = true, .clean = true, .stop_timeout = 10};
	settings->hostname = xstrdup(id);
	json_array_foreach ((json_t *)(uintptr_t)list, i, item) {
		if (parse(settings, json_string_value(item), err) != 0) {
			jail_settings_free(settings);
			return -1;
		}
	}
	settings->stop_given = settings->stop != NULL;
	if (!settings->stop_given)
		settings->stop = xstrdup(DEFAULT_STOP);
	if (strlen(settings->hostname) > 63) {
		error_set(err, ERROR_INVALID, "host.hostname: '%s' is longer than 63 characters",
			settings->hostname);
		jail_settings_free(settings);
		return -1;
	}
	return 0;
}

void jail_settings_free(struct jail_settings *settings)
{
	free(settings->hostname);
	free(settings->stop);
	free(settings->user);
	strings_free(&settings->kernel);
	*settings = (struct jail_settings){0};
}
