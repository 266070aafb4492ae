/* SPDX-License-Identifier: BSD-2-Clause */
/* What Klee is told about itself: by option, else by environment, else by configuration file. */
#ifndef KLEE_SETTINGS_H
#define KLEE_SETTINGS_H

#include "base/error.h"
#include "klee/args.h"

#define DEFAULT_HOST "http:///var/run/kleened.sock"

struct settings {
	char *host, *theme;
	char *tlscert, *tlskey, *tlscacert; /* NULL: none */
	bool tlsverify;
};

extern const struct option global_options[]; /* ends with a row without name */

/*
 * Resolves the settings. args: parsed by global_options. The error's code is the exit code.
 * Release with settings_free, also after failure.
 */
int settings_load(struct settings *s, const struct args *args, struct error *err);
void settings_free(struct settings *s);

/* The name of the i-th setting, and its environment variable; false if there are not so many. */
bool settings_row(size_t i, const char **name, const char **variable);

/* One source's values; NULL: not set there. */
struct setting_values {
	char *host, *theme, *tlscert, *tlskey, *tlscacert, *tlsverify;
};

/* Reads a configuration file (YAML); unknown keys and wrong values are errors naming both. */
int config_file_load(const char *path, struct setting_values *values, struct error *err);
void setting_values_free(struct setting_values *values);

/* Where kleened listens. */
struct url {
	bool tls;
	char *path; /* of the Unix socket, or NULL */
	char *host; /* name or address without brackets; "localhost" for a Unix socket */
	int port;
};

/* http[s]:///PATH, unix:///PATH (which is http) or http[s]://HOST[:PORT], ports 80 and 443 unless
 * given. */
int url_parse(struct url *url, const char *text, struct error *err);
void url_free(struct url *url);

#endif
