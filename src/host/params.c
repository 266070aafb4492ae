/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/params.h"

#include <string.h>

const char *param_value(const struct strings *params, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = params->n; i > 0; i--) {
		const char *text = params->v[i - 1];

		if (strncmp(text, name, len) == 0 && text[len] == '=')
			return text + len + 1;
	}
	return NULL;
}
