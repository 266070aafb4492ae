/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/restart_policy.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_MIN 100u
#define DELAY_MAX 60000u
#define LONG_RUN  10000

static const char *const names[] = {
	[RESTART_NO] = "no",
	[RESTART_ON_STARTUP] = "on-startup",
	[RESTART_ALWAYS] = "always",
	[RESTART_ON_FAILURE] = "on-failure",
	[RESTART_UNLESS_STOPPED] = "unless-stopped",
};

/* The number behind "on-failure:". */
static int parse_max(const char *text, unsigned int *max)
{
	unsigned long n;

	errno = 0;
	n = strtoul(text, NULL, 10);
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || errno != 0 || n == 0 ||
		n > INT_MAX)
		return -1;
	*max = (unsigned int)n;
	return 0;
}

int restart_policy_parse(const char *text, struct restart_policy *policy, struct error *err)
{
	size_t n = strlen(names[RESTART_ON_FAILURE]);

	*policy = (struct restart_policy){RESTART_NO, 0};
	if (text == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			policy->kind = (enum restart_kind)i;
			return 0;
		}
	}
	if (strncmp(text, names[RESTART_ON_FAILURE], n) == 0 && text[n] == ':' &&
		parse_max(text + n + 1, &policy->max) == 0) {
		policy->kind = RESTART_ON_FAILURE;
		return 0;
	}
	return error_set(err, ERROR_INVALID,
		"restart_policy: '%s' is none of: no, on-startup, always, unless-stopped, "
		"on-failure[:N]",
		text);
}

/* Whether it has failed, and may be tried again. */
static bool failed(const struct restart_policy *policy, const struct restart_state *state)
{
	return state->exit_code != 0 && (policy->max == 0 || state->count < policy->max);
}

bool restart_after_end(const struct restart_policy *policy, const struct restart_state *state)
{
	if (!state->wanted)
		return false;
	switch (policy->kind) {
	case RESTART_ALWAYS:
	case RESTART_UNLESS_STOPPED:
		return true;
	case RESTART_ON_FAILURE:
		return failed(policy, state);
	default:
		return false;
	}
}

bool restart_with_daemon(const struct restart_policy *policy, const struct restart_state *state)
{
	switch (policy->kind) {
	case RESTART_ON_STARTUP:
	case RESTART_ALWAYS:
		return true;
	case RESTART_UNLESS_STOPPED:
		return state->wanted;
	case RESTART_ON_FAILURE:
		return state->wanted && failed(policy, state);
	default:
		return false;
	}
}

unsigned int restart_delay(unsigned int last_delay, long long ran)
{
	if (last_delay == 0 || ran >= LONG_RUN)
		return DELAY_MIN;
	return last_delay < DELAY_MAX / 2 ? 2 * last_delay : DELAY_MAX;
}
