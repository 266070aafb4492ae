/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/process_settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/signals.h"
#include "host/ulimit.h"
#include "json/json.h"

#define STOP_TIMEOUT_MAX 86400 /* s, as of stop.timeout */
#define GROUPS_MAX	 32
#define ULIMITS_MAX	 64
#define PATH_LIMIT	 4096 /* bytes, with the NUL */

static const char *text(const json_t *config, const char *field)
{
	return json_string_value(json_object_get(config, field));
}

/* ---- checking ---- */

/* The paths of the container's that change nothing by being resolved: no "..". */
static int check_workdir(const char *path, struct error *err)
{
	if (path == NULL || path[0] == '\0')
		return 0;
	if (path[0] != '/')
		return error_set(
			err, ERROR_INVALID, "bad workdir '%s': it must be an absolute path", path);
	if (strlen(path) >= PATH_LIMIT)
		return error_set(err, ERROR_INVALID, "bad workdir: it is longer than %d bytes",
			PATH_LIMIT - 1);
	return 0;
}

int process_settings_check_timeout(const json_t *seconds, struct error *err)
{
	json_int_t n = json_integer_value(seconds);

	if (n >= 0 && n <= STOP_TIMEOUT_MAX)
		return 0;
	return error_set(err, ERROR_INVALID, "bad timeout %lld: expected 0 to %d seconds",
		(long long)n, STOP_TIMEOUT_MAX);
}

static int check_stop(const json_t *config, struct error *err)
{
	const char *signal = text(config, "stop_signal");

	if (process_settings_check_timeout(json_object_get(config, "stop_timeout"), err) != 0)
		return error_prefix(err, "stop_timeout");
	if (signal == NULL || signal[0] == '\0' || signal_parse(signal, err) > 0)
		return 0;
	return error_prefix(err, "bad stop_signal");
}

static int check_ulimits(const json_t *list, struct error *err)
{
	struct ulimit ignored;

	if (json_array_size(list) > ULIMITS_MAX)
		return error_set(err, ERROR_INVALID, "more than %d ulimits", ULIMITS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (ulimit_parse(json_string_value(json_array_get(list, i)), &ignored, err) != 0)
			return -1;
	return 0;
}

int process_settings_check(const json_t *config, struct error *err)
{
	const json_t *groups = json_object_get(config, "group_add");
	const json_t *labels = json_object_get(config, "labels");

	if (json_array_size(groups) > GROUPS_MAX)
		return error_set(err, ERROR_INVALID, "more than %d groups", GROUPS_MAX);
	for (size_t i = 0; i < json_array_size(groups); i++)
		if (json_string_length(json_array_get(groups, i)) == 0)
			return error_set(err, ERROR_INVALID, "group_add: a group without a name");
	if (json_object_get(labels, "") != NULL)
		return error_set(err, ERROR_INVALID, "labels: a label without a name");
	if (check_workdir(text(config, "workdir"), err) != 0 || check_stop(config, err) != 0)
		return -1;
	return check_ulimits(json_object_get(config, "ulimits"), err);
}

/* ---- using ---- */

void process_settings_fill(const json_t *config, struct process_spec *spec)
{
	const char *workdir = text(config, "workdir");

	if (workdir != NULL && workdir[0] != '\0') {
		free(spec->directory);
		spec->directory = xstrdup(workdir);
	}
	json_add_strings(&spec->groups, json_object_get(config, "group_add"));
	json_add_strings(&spec->ulimits, json_object_get(config, "ulimits"));
}

/* Notes a number at the beginning of the text, as far as the end or a colon. */
static void want_number(const char *text, struct ids_wanted *wanted)
{
	size_t len = strspn(text, "0123456789");
	unsigned long long id = len > 0 && len <= 10 ? strtoull(text, NULL, 10) : UINT32_MAX;

	if ((text[len] == '\0' || text[len] == ':') && id < UINT32_MAX)
		ids_want(wanted, (uint32_t)id);
}

void process_settings_ids(const json_t *config, struct ids_wanted *wanted)
{
	const char *user = text(config, "user");
	const json_t *groups = json_object_get(config, "group_add");

	if (user != NULL) {
		const char *group = strchr(user, ':');

		want_number(user, wanted);
		if (group != NULL)
			want_number(group + 1, wanted);
	}
	for (size_t i = 0; i < json_array_size(groups); i++)
		want_number(json_string_value(json_array_get(groups, i)), wanted);
}

void process_settings_command(const json_t *config, struct strings *argv)
{
	json_add_strings(argv, json_object_get(config, "entrypoint"));
	json_add_strings(argv, json_object_get(config, "cmd"));
}

static bool is_empty(const json_t *value)
{
	return value == NULL || (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

void process_settings_inherit(json_t *config, const json_t *image_config)
{
	static const char *const keys[] = {"cmd", "user", "workdir", "stop_signal"};
	json_t *entrypoint = json_object_get(image_config, "entrypoint");
	json_t *labels = json_object_get(image_config, "labels");
	bool own = json_object_get(config, "entrypoint") != NULL;

	for (size_t i = own ? 1 : 0; i < ARRAY_SIZE(keys); i++) {
		json_t *inherited = json_object_get(image_config, keys[i]);

		if (inherited != NULL && is_empty(json_object_get(config, keys[i])))
			json_object_set(config, keys[i], inherited);
	}
	if (json_object_get(config, "cmd") == NULL)
		json_object_set_new(config, "cmd", json_array());
	if (!own && !is_empty(entrypoint))
		json_object_set(config, "entrypoint", entrypoint);
	if (json_object_size(labels) > 0) {
		json_t *all = json_copy(labels);

		json_object_update(all, json_object_get(config, "labels"));
		json_object_set_new(config, "labels", all);
	}
}

struct stop_how process_settings_stop(const json_t *config, int fallback)
{
	const json_t *timeout = json_object_get(config, "stop_timeout");
	const char *name = text(config, "stop_signal");
	struct stop_how how = {.timeout = fallback};
	struct error ignored;

	if (json_is_integer(timeout))
		how.timeout = json_integer_value(timeout);
	how.timeout *= 1000;
	if (name != NULL && name[0] != '\0')
		how.signal = signal_parse(name, &ignored);
	if (how.signal < 0)
		how.signal = 0;
	return how;
}
