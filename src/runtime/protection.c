/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/protection.h"

#include <string.h>

#include "daemon/daemon.h"
#include "net/settings.h"
#include "network/joining.h"
#include "params/jailparam.h"

#define USERNS "userns"

/* 1: a container gets a user namespace where the host can give it one; 0: it does not. */
static int wants_userns(const struct container *c, struct error *err)
{
	AUTO(jail_settings_free) struct jail_settings settings = {0};
	enum network_driver driver;

	if (network_driver_of(c->config, &driver, err) != 0 ||
		jail_settings_parse(
			json_object_get(c->config, "jail_param"), c->id, &settings, err) != 0)
		return -1;
	return host_wants_userns(driver, &settings.kernel);
}

static bool is_noted(const json_t *config, const char *name)
{
	const json_t *list = json_object_get(config, "protection"), *item;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item)
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	return false;
}

int protection_note(struct daemon *d, struct container *c, struct error *err)
{
	int wanted = wants_userns(c, err);
	json_t *list = json_array();
	struct error reason;

	json_object_set_new(c->config, "protection", list);
	if (wanted <= 0)
		return wanted;
	if (host_has_userns(d->host, &reason))
		json_array_append_new(list, json_string(USERNS));
	else if (reason.kind == ERROR_UNAVAILABLE)
		return error_set(err, ERROR_UNAVAILABLE,
			"it cannot be told now whether the container can have a user namespace: %s",
			reason.message);
	return 0;
}

int protection_check(struct daemon *d, const struct container *c, struct error *err)
{
	int wanted = wants_userns(c, err);
	struct error reason;

	if (wanted <= 0 || host_has_userns(d->host, &reason))
		return wanted < 0 ? -1 : 0;
	/* one that was made where there was none, or before this was noted, does without */
	if (!is_noted(c->config, USERNS) && reason.kind != ERROR_UNAVAILABLE)
		return 0;
	return error_set(err, ERROR_UNAVAILABLE,
		"its user namespace, without which it is not run, cannot be had: %s",
		reason.message);
}
