/* SPDX-License-Identifier: BSD-2-Clause */
/* Restart policies: when a container is started without anybody asking for it. Pure. */
#ifndef PARAMS_RESTART_POLICY_H
#define PARAMS_RESTART_POLICY_H

#include <stdbool.h>

#include "base/error.h"

enum restart_kind {
	RESTART_NO,
	RESTART_ON_STARTUP, /* with the daemon, not when it ends */
	RESTART_ALWAYS, /* when it ends, and with the daemon */
	RESTART_ON_FAILURE, /* when it ends with another exit code than 0 */
	RESTART_UNLESS_STOPPED, /* as always, but a stop by hand holds for ever */
};

struct restart_policy {
	enum restart_kind kind;
	unsigned int max; /* on-failure: restarts after a start by hand; 0: any number */
};

/* "no", "on-startup", "always", "unless-stopped", "on-failure" or "on-failure:N"; NULL: no. */
int restart_policy_parse(const char *text, struct restart_policy *policy, struct error *err);

/* What a decision is made from. */
struct restart_state {
	bool wanted; /* its own command was started, and nobody has stopped it since */
	int exit_code; /* of its last run */
	unsigned int count; /* restarts since it was last started by hand */
};

/* Whether a container that has just ended is to be started again. */
bool restart_after_end(const struct restart_policy *policy, const struct restart_state *state);

/* Whether a container that does not run is to be started when the daemon starts. */
bool restart_with_daemon(const struct restart_policy *policy, const struct restart_state *state);

/*
 * Milliseconds to wait before a restart: twice the last delay (0: there was none), from a tenth of
 * a second up to a minute, and from the beginning after a run of ten seconds or more.
 */
unsigned int restart_delay(unsigned int last_delay, long long ran);

#endif
