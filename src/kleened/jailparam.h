/*
 * Jail parameters as users give them: "name", "name=value" or "noname" (jail(8)), from one table.
 */
#ifndef KLEENED_JAILPARAM_H
#define KLEENED_JAILPARAM_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

/* What a container's parameters come to, defaults filled in. */
struct jail_settings {
	char *hostname; /* host.hostname; default: the container's id */
	bool devfs; /* mount.devfs; default: on */
	bool clean; /* exec.clean; default: on */
	char *stop; /* exec.stop */
	bool stop_given; /* false: stop is the default, skipped where the container has no such
			    script */
	int stop_timeout; /* stop.timeout, seconds; default: 10 */
	char *user; /* exec.jail_user; NULL: not given */
	struct strings kernel; /* parameters passed on to the host's jail */
};

/*
 * Reads a list of parameters (a JSON array of strings, NULL: none). ERROR_INVALID naming the
 * parameter if it is unknown or its value is of the wrong type. The caller frees.
 */
int jail_settings_parse(
	const json_t *list, const char *id, struct jail_settings *settings, struct error *err);
void jail_settings_free(struct jail_settings *settings);

#endif
