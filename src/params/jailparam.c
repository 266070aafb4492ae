/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/jailparam.h"

#include <stdlib.h>
#include <string.h>

#include "params/fstab.h"
#include "params/jailparam_values.h"

#define HOSTNAME_MAX_LINUX 63

const char *const hook_names[HOOKS] = {
	[HOOK_PREPARE] = "exec.prepare",
	[HOOK_PRESTART] = "exec.prestart",
	[HOOK_CREATED] = "exec.created",
	[HOOK_POSTSTART] = "exec.poststart",
	[HOOK_PRESTOP] = "exec.prestop",
	[HOOK_POSTSTOP] = "exec.poststop",
	[HOOK_RELEASE] = "exec.release",
};

/* ---- filling in ---- */

/* Sets the member of a parameter that is kleened's own. An empty text is none. */
static void set_member(
	struct jail_settings *s, const struct jailparam *p, const struct strings *value)
{
	void *member = (char *)s + p->member;
	const char *text = value->n > 0 ? value->v[0] : "";

	switch (p->type) {
	case JAILPARAM_BOOLEAN:
		*(bool *)member = strcmp(text, "true") == 0;
		break;
	case JAILPARAM_NUMBER:
	case JAILPARAM_SECONDS:
		*(int *)member = (int)strtol(text, NULL, 10);
		break;
	case JAILPARAM_LIST:
	case JAILPARAM_COMMANDS:
		strings_free(member);
		strings_copy(member, value);
		break;
	default:
		free(*(char **)member);
		*(char **)member = text[0] != '\0' ? xstrdup(text) : NULL;
	}
}

static void set_defaults(enum host_system system, struct jail_settings *s)
{
	for (size_t i = 0; i < jailparam_count; i++) {
		const struct jailparam *p = &jailparam_table[i];
		AUTO(strings_free) struct strings value = {0};

		if (p->member == 0 || p->on[system].def == NULL)
			continue;
		strings_add(&value, p->on[system].def);
		set_member(s, p, &value);
	}
}

/* On Linux a parameter that stands for others is passed on as those. */
static void expand_sysvipc(
	const struct jailparam_values *values, const char *value, struct strings *kernel)
{
	static const char *const names[] = {"sysvmsg", "sysvsem", "sysvshm"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO_FREE char *own = jailparam_value_text(values, jailparam_named(names[i]));

		if (own == NULL)
			strings_take(kernel,
				xasprintf("%s=%s", names[i],
					strcmp(value, "true") == 0 ? "inherit" : "disable"));
	}
}

static void set_given(
	enum host_system system, const struct jailparam_values *values, struct jail_settings *s)
{
	for (size_t i = 0; i < values->n; i++) {
		const struct jailparam *p = values->v[i].param;
		AUTO_FREE char *text = jailparam_value_text(values, p);

		if (p->member != 0)
			set_member(s, p, &values->v[i].v);
		else if (p->on[system].change == JAILPARAM_REFUSED)
			continue; /* it was given the value that it has anyway */
		else if (system == HOST_LINUX && strcmp(p->name, "allow.sysvipc") == 0)
			expand_sysvipc(values, text, &s->kernel);
		else
			strings_take(&s->kernel, xasprintf("%s=%s", p->name, text));
	}
}

/* ---- what does not go together ---- */

static int check_hostname(enum host_system system, const struct jailparam_values *values,
	const struct jail_settings *s, struct error *err)
{
	AUTO_FREE char *given = jailparam_value_text(values, jailparam_named("host.hostname"));

	if (given == NULL)
		return 0;
	if (given[0] == '\0')
		return error_set(
			err, ERROR_INVALID, "jail parameter 'host.hostname' needs a value");
	if (system == HOST_LINUX && strlen(s->hostname) > HOSTNAME_MAX_LINUX)
		return error_set(err, ERROR_INVALID,
			"host.hostname: '%s' is longer than %d characters", s->hostname,
			HOSTNAME_MAX_LINUX);
	if (jailparam_value_is(values, "host", "inherit"))
		return error_set(err, ERROR_INVALID,
			"jail parameters host=inherit and host.hostname exclude each other");
	return 0;
}

static int check_linux(const struct jailparam_values *values, struct error *err)
{
	AUTO_FREE char *level = jailparam_value_text(values, jailparam_named("securelevel"));
	AUTO_FREE char *domain = jailparam_value_text(values, jailparam_named("host.domainname"));

	if (level != NULL && strtol(level, NULL, 10) > 0 &&
		jailparam_value_is(values, "allow.chflags", "true"))
		return error_set(err, ERROR_INVALID,
			"jail parameters allow.chflags and securelevel=%s exclude each other",
			level);
	if (jailparam_value_is(values, "mount.fdescfs", "true") &&
		jailparam_value_is(values, "mount.devfs", "false"))
		return error_set(err, ERROR_INVALID,
			"jail parameters mount.fdescfs and mount.nodevfs exclude each other on "
			"Linux");
	if (domain != NULL && strlen(domain) > HOSTNAME_MAX_LINUX)
		return error_set(err, ERROR_INVALID,
			"host.domainname: '%s' is longer than %d characters", domain,
			HOSTNAME_MAX_LINUX);
	return 0;
}

static int check_path(const char *name, const char *path, struct error *err)
{
	if (path == NULL || path[0] == '/')
		return 0;
	return error_set(err, ERROR_INVALID, "jail parameter '%s=%s': expected an absolute path",
		name, path);
}

static int check(enum host_system system, const struct jailparam_values *values,
	const struct jail_settings *s, struct error *err)
{
	if (check_hostname(system, values, s, err) != 0 ||
		check_path("exec.consolelog", s->consolelog, err) != 0 ||
		check_path("mount.fstab", s->fstab, err) != 0 ||
		(system == HOST_LINUX && check_linux(values, err) != 0))
		return -1;
	for (size_t i = 0; i < s->mounts.n; i++) {
		struct jail_mount m;
		int n = fstab_line(system, s->mounts.v[i], &m, err);

		if (n < 0)
			return error_prefix(err, "jail parameter 'mount=%s'", s->mounts.v[i]);
		if (n > 0)
			fstab_mount_free(&m);
	}
	return 0;
}

int jail_settings_parse_for(enum host_system system, const struct json_t *list, const char *id,
	struct jail_settings *settings, struct error *err)
{
	AUTO(jailparam_values_free) struct jailparam_values values = {0};
	bool inherit;

	*settings = (struct jail_settings){0};
	if (jailparam_values_parse(system, list, &values, err) != 0)
		return -1;
	inherit = jailparam_value_is(&values, "host", "inherit");
	settings->hostname = xstrdup(inherit ? "" : id);
	set_defaults(system, settings);
	set_given(system, &values, settings);
	if (settings->hostname == NULL)
		settings->hostname = xstrdup("");
	for (size_t i = 0; i < values.n; i++)
		settings->stop_given |= strcmp(values.v[i].param->name, "exec.stop") == 0;
	if (check(system, &values, settings, err) == 0)
		return 0;
	jail_settings_free(settings);
	return -1;
}

int jail_settings_parse(const struct json_t *list, const char *id, struct jail_settings *settings,
	struct error *err)
{
	return jail_settings_parse_for(host_system, list, id, settings, err);
}

void jail_settings_free(struct jail_settings *settings)
{
	strings_free(&settings->kernel);
	free(settings->hostname);
	strings_free(&settings->start);
	strings_free(&settings->stop);
	for (size_t i = 0; i < HOOKS; i++)
		strings_free(&settings->hooks[i]);
	free(settings->user);
	free(settings->system_user);
	free(settings->consolelog);
	strings_free(&settings->mounts);
	free(settings->fstab);
	*settings = (struct jail_settings){0};
}

/* ---- changes ---- */

/* The value that counts, the default if none is given; NULL: none. The caller frees. */
static char *effective(enum host_system system, const struct jailparam_values *values,
	const struct jailparam *p, const char *id)
{
	char *text = jailparam_value_text(values, p);

	if (text != NULL)
		return text;
	if (strcmp(p->name, "host.hostname") == 0 && !jailparam_value_is(values, "host", "inherit"))
		return xstrdup(id);
	return p->on[system].def ? xstrdup(p->on[system].def) : NULL;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

int jail_changes_find(enum host_system system, const struct json_t *before,
	const struct json_t *after, const char *id, struct jail_changes *changes, struct error *err)
{
	AUTO(jailparam_values_free) struct jailparam_values from = {0}, to = {0};

	*changes = (struct jail_changes){0};
	if (jailparam_values_parse(system, before, &from, err) != 0 ||
		jailparam_values_parse(system, after, &to, err) != 0)
		return -1;
	for (size_t i = 0; i < jailparam_count; i++) {
		const struct jailparam *p = &jailparam_table[i];
		enum jailparam_change change = p->on[system].change;
		AUTO_FREE char *old = effective(system, &from, p, id);
		AUTO_FREE char *new = effective(system, &to, p, id);

		if (change == JAILPARAM_NEXT || change == JAILPARAM_REFUSED || same(old, new))
			continue;
		if (change == JAILPARAM_LIVE && new != NULL)
			strings_take(&changes->live, xasprintf("%s=%s", p->name, new));
		else
			strings_add(&changes->restart, p->name);
	}
	return 0;
}

void jail_changes_free(struct jail_changes *changes)
{
	strings_free(&changes->live);
	strings_free(&changes->restart);
}
