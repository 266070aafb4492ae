/* SPDX-License-Identifier: BSD-2-Clause */
/* Jail parameters, a line each, for both systems; and lines of fstab(5). */
#include "fuzz.h"

#include <jansson.h>

#include "params/fstab.h"
#include "params/jailparam.h"

static void parse(enum host_system system, const json_t *list)
{
	struct jail_settings settings;
	struct jail_changes changes;
	struct error err = {0};
	json_t *none = json_array();

	if (jail_settings_parse_for(system, list, "0123456789ab", &settings, &err) != 0) {
		must(err.kind == ERROR_INVALID && err.message[0] != '\0');
	} else {
		jail_settings_free(&settings);
		if (jail_changes_find(system, none, list, "0123456789ab", &changes, &err) == 0)
			jail_changes_free(&changes);
	}
	json_decref(none);
}

static void line(enum host_system system, const char *text)
{
	struct jail_mount m = {0};
	struct error err = {0};
	int result = fstab_line(system, text, &m, &err);

	if (result > 0)
		fstab_mount_free(&m);
	must(result >= 0 || (err.kind == ERROR_INVALID && err.message[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *next = text, *one;
	json_t *list = json_array();

	while ((one = strsep(&next, "\n")) != NULL) {
		json_array_append_new(list, json_string(one)); /* nothing if it is no UTF-8 */
		for (int s = 0; s < HOST_SYSTEMS; s++)
			line((enum host_system)s, one);
	}
	for (int s = 0; s < HOST_SYSTEMS; s++)
		parse((enum host_system)s, list);
	json_decref(list);
	free(text);
	return 0;
}
