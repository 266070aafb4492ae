/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jail parameters as users give them: "name", "name=value", "name+=value" or "noname" (jail(8)),
 * with the quoting of jail.conf(5), read by the table of jailparam_table.h.
 */
#ifndef PARAMS_JAILPARAM_H
#define PARAMS_JAILPARAM_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"
#include "host/system.h"

struct json_t;

/* The stages of a container's life at which commands run on the host, in their order. */
enum hook {
	HOOK_PREPARE,
	HOOK_PRESTART,
	HOOK_CREATED,
	HOOK_POSTSTART,
	HOOK_PRESTOP,
	HOOK_POSTSTOP,
	HOOK_RELEASE,
	HOOKS
};

extern const char *const hook_names[HOOKS]; /* "exec.prepare" … */

/* What a container's parameters come to, defaults filled in. Command lines: see words.h. */
struct jail_settings {
	struct strings kernel; /* passed on to the host: "name=value", booleans "true" or "false" */
	char *hostname; /* host.hostname; default: the container's id; "": the host's */
	bool devfs; /* mount.devfs; default: on */
	bool clean; /* exec.clean; default: on */
	struct strings start; /* exec.start */
	struct strings stop; /* exec.stop */
	bool stop_given; /* false: stop is the default, skipped where the container has no such
			    script */
	struct strings hooks[HOOKS];
	int timeout; /* exec.timeout, seconds; 0: none */
	int stop_timeout; /* stop.timeout, seconds; default: 10 */
	char *user; /* exec.jail_user; NULL: not given */
	bool system_jail_user; /* exec.system_jail_user: user is one of the host's */
	char *system_user; /* exec.system_user; NULL: root */
	char *consolelog; /* exec.consolelog; NULL: none */
	struct strings mounts; /* mount: lines of fstab(5) */
	char *fstab; /* mount.fstab; NULL: none */
};

/*
 * Reads a list of parameters (a JSON array of strings, NULL: none). ERROR_INVALID naming the
 * parameter if it is unknown, has no meaning on this system, or its value does not fit. The caller
 * frees.
 */
int jail_settings_parse(const struct json_t *list, const char *id, struct jail_settings *settings,
	struct error *err);

/* The same for a system of one's choice. */
int jail_settings_parse_for(enum host_system system, const struct json_t *list, const char *id,
	struct jail_settings *settings, struct error *err);

void jail_settings_free(struct jail_settings *settings);

/* What it takes to bring a running container from one list of parameters to another. */
struct jail_changes {
	struct strings live; /* for jail_update: "name=value" */
	struct strings restart; /* names of those that count when it is started anew */
};

/* Compares two lists that jail_settings_parse accepts. The caller frees *changes. */
int jail_changes_find(enum host_system system, const struct json_t *before,
	const struct json_t *after, const char *id, struct jail_changes *changes,
	struct error *err);
void jail_changes_free(struct jail_changes *changes);

#endif
