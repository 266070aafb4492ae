/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/confinement.h"

#include <string.h>

#include "net/settings.h"
#include "store/store.h"
#include "json/json.h"

#define LIST_MAX 64 /* capabilities, sysctls */

int confinement_parse(const json_t *config, struct confinement *c, struct error *err)
{
	json_int_t shm_size = json_integer_value(json_object_get(config, "shm_size"));
	json_t *sysctls = json_object_get(config, "sysctls"), *value;
	const char *name;

	*c = (struct confinement){.read_only = json_is_true(json_object_get(config, "read_only"))};
	json_add_strings(&c->cap_add, json_object_get(config, "cap_add"));
	json_add_strings(&c->cap_drop, json_object_get(config, "cap_drop"));
	json_object_foreach (sysctls, name, value)
		strings_take(&c->sysctls, xasprintf("%s=%s", name, json_string_value(value)));
	if (c->cap_add.n > LIST_MAX || c->cap_drop.n > LIST_MAX || c->sysctls.n > LIST_MAX)
		return error_set(
			err, ERROR_INVALID, "more than %d capabilities or sysctls", LIST_MAX);
	if (shm_size < 0)
		return error_set(err, ERROR_INVALID,
			"bad shm_size %lld: expected a number of bytes, or 0 for the usual",
			(long long)shm_size);
	c->shm_size = (uint64_t)shm_size;
	return 0;
}

int confinement_check_container(const struct container *c, struct error *err)
{
	AUTO(confinement_free) struct confinement confinement = {0};
	enum network_driver driver;

	if (confinement_parse(c->config, &confinement, err) != 0 ||
		network_driver_of(c->config, &driver, err) != 0)
		return -1;
	return confinement_check(&confinement, driver, err);
}
