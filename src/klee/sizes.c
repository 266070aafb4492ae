/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/sizes.h"

#include <string.h>

#include "base/mem.h"

const struct option size_options[] = {
	{"size", 's', OPTION_FLAG, NULL, NULL, "with how much of the disk it takes"},
	{0},
};

bool sizes_wanted(const struct args *args)
{
	static const char *const names[] = {".size", "virtual_size", "VirtualSize", "UniqueSize"};
	const char *format = args_value(args, "format");

	for (size_t i = 0; format != NULL && i < ARRAY_SIZE(names); i++)
		if (strstr(format, "{{") != NULL && strcasestr(format, names[i]) != NULL)
			return true;
	return args_flag(args, "size");
}

char *size_words(long long bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double amount = (double)bytes;
	size_t unit = 0;

	/* 999.5 would be shown as 1000 */
	for (; amount >= 999.5 && unit + 1 < ARRAY_SIZE(units); unit++)
		amount /= 1000;
	return xasprintf("%.3g%s", amount, units[unit]);
}

json_t *size_text(const json_t *object, const char *field)
{
	const json_t *value = json_object_get(object, field);
	AUTO_FREE char *words = NULL;

	if (!json_is_integer(value))
		return json_string("N/A");
	words = size_words(json_integer_value(value));
	return json_string(words);
}
