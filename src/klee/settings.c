/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/settings.h"

#include <string.h>

#include "base/mem.h"

static const char *const themes[] = {"fancy", "simple", NULL};

const struct option global_options[] = {
	{"config", 0, OPTION_VALUE, "FILE", NULL, "configuration file to use"},
	{"theme", 0, OPTION_VALUE, "fancy|simple", themes, "look of tables (default: fancy)"},
	{"host", 'H', OPTION_VALUE, "URL", NULL,
		"where kleened listens (default: " DEFAULT_HOST ")"},
	{"tlsverify", 0, OPTION_SWITCH, NULL, NULL, "verify the server's certificate (default)"},
	{"tlscert", 0, OPTION_VALUE, "FILE", NULL, "client certificate (PEM)"},
	{"tlskey", 0, OPTION_VALUE, "FILE", NULL, "the client certificate's key (PEM)"},
	{"tlscacert", 0, OPTION_VALUE, "FILE", NULL, "trust only this CA; implies --tlsverify"},
	{"version", 'v', OPTION_FLAG, NULL, NULL, "show the version and exit"},
	{"help", 'h', OPTION_FLAG, NULL, NULL, "show help and exit"},
	{0},
};

/* A setting in its three places; 'at' is the offset of its value in struct setting_values. */
static const struct row {
	const char *name, *environment;
	size_t at;
} rows[] = {
	{"host", "KLEE_HOST", offsetof(struct setting_values, host)},
	{"theme", "KLEE_THEME", offsetof(struct setting_values, theme)},
	{"tlsverify", "KLEE_TLS_VERIFY", offsetof(struct setting_values, tlsverify)},
	{"tlscert", "KLEE_TLS_CERT", offsetof(struct setting_values, tlscert)},
	{"tlskey", "KLEE_TLS_KEY", offsetof(struct setting_values, tlskey)},
	{"tlscacert", "KLEE_TLS_CACERT", offsetof(struct setting_values, tlscacert)},
};

bool settings_row(size_t i, const char **name, const char **variable)
{
	if (i >= ARRAY_SIZE(rows))
		return false;
	*name = rows[i].name;
	*variable = rows[i].environment;
	return true;
}

static char **value_at(struct setting_values *values, const struct row *row)
{
	return (char **)(void *)((char *)values + row->at);
}

void setting_values_free(struct setting_values *values)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		free(*value_at(values, &rows[i]));
	*values = (struct setting_values){0};
}

/* Puts the values of 'over' in place of those in 'values'; NULLs replace nothing. */
static void overlay(struct setting_values *values, struct setting_values *over)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char **to = value_at(values, &rows[i]), **from = value_at(over, &rows[i]);

		if (*from == NULL)
			continue;
		free(*to);
		*to = take_ptr(from);
	}
}

/* An empty variable counts as not set. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static void from_environment(struct setting_values *values)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value = environment(rows[i].environment);

		if (value != NULL)
			*value_at(values, &rows[i]) = xstrdup(value);
	}
}

static void from_options(struct setting_values *values, const struct args *args)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value = NULL;
		int on;

		if (strcmp(rows[i].name, "tlsverify") != 0)
			value = args_value(args, rows[i].name);
		else if ((on = args_switch(args, "tlsverify")) >= 0)
			value = on ? "true" : "false";
		if (value != NULL)
			*value_at(values, &rows[i]) = xstrdup(value);
	}
}

/* The file named, else the first that exists of the usual places; NULL: none. */
static char *config_path(const struct args *args)
{
	static const char *const system_paths[] = {
#ifdef KLEE_SYSTEM_CONFIG
		KLEE_SYSTEM_CONFIG,
#endif
	};
	const char *path = args_value(args, "config"), *home = getenv("HOME");
	char *in_home;

	if (path == NULL)
		path = environment("KLEE_CONFIG");
	if (path != NULL)
		return xstrdup(path);
	if (access("klee_config.yaml", F_OK) == 0)
		return xstrdup("./klee_config.yaml");
	if (home != NULL) {
		in_home = xasprintf("%s/.klee/klee_config.yaml", home);
		if (access(in_home, F_OK) == 0)
			return in_home;
		free(in_home);
	}
	for (size_t i = 0; i < ARRAY_SIZE(system_paths); i++)
		if (access(system_paths[i], F_OK) == 0)
			return xstrdup(system_paths[i]);
	return NULL;
}

static int parse_bool(const char *text, bool *value, struct error *err)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*value = i % 2 == 1;
			return 0;
		}
	}
	return error_set(err, ERROR_INVALID, "tlsverify: '%s' is neither true nor false", text);
}

static int settle(
	struct settings *s, struct setting_values *v, bool verify_given, struct error *err)
{
	bool known = false;

	s->tlsverify = true;
	/* a CA only makes sense for verifying, unless --no-tlsverify says otherwise right here */
	if (v->tlsverify != NULL && parse_bool(v->tlsverify, &s->tlsverify, err) < 0)
		return -1;
	if (v->tlscacert != NULL && !verify_given)
		s->tlsverify = true;
	s->host = v->host != NULL ? take_ptr(&v->host) : xstrdup(DEFAULT_HOST);
	s->theme = v->theme != NULL ? take_ptr(&v->theme) : xstrdup(themes[0]);
	s->tlscert = take_ptr(&v->tlscert);
	s->tlskey = take_ptr(&v->tlskey);
	s->tlscacert = take_ptr(&v->tlscacert);
	for (size_t i = 0; themes[i] != NULL; i++)
		known = known || strcmp(s->theme, themes[i]) == 0;
	if (!known)
		return error_set(
			err, ERROR_INVALID, "theme: '%s' is none of: fancy, simple", s->theme);
	if ((s->tlscert == NULL) != (s->tlskey == NULL))
		return error_set(err, ERROR_INVALID, "%s is given without %s",
			s->tlscert != NULL ? "tlscert" : "tlskey",
			s->tlscert != NULL ? "tlskey" : "tlscert");
	return 0;
}

int settings_load(struct settings *s, const struct args *args, struct error *err)
{
	struct setting_values values = {0}, over = {0};
	AUTO_FREE char *path = config_path(args);
	int rc = 0;

	if (path != NULL)
		rc = config_file_load(path, &values, err);
	if (rc == 0) {
		from_environment(&over);
		overlay(&values, &over);
		from_options(&over, args);
		overlay(&values, &over);
		rc = settle(s, &values, args_switch(args, "tlsverify") >= 0, err);
	}
	setting_values_free(&over);
	setting_values_free(&values);
	if (rc < 0)
		err->code = EXIT_KLEE_FAILED;
	return rc;
}

void settings_free(struct settings *s)
{
	free(s->host);
	free(s->theme);
	free(s->tlscert);
	free(s->tlskey);
	free(s->tlscacert);
	*s = (struct settings){0};
}
