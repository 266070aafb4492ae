/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <string.h>

#include "klee/command.h"

struct arity command_arity(const struct command *command)
{
	struct arity arity = {.leading = SIZE_MAX};
	size_t len, n = 0;

	for (const char *p = command->arguments; *p != '\0'; p += len, n++) {
		p += strspn(p, " ");
		len = strcspn(p, " ");
		if (*p != '[')
			arity.min++;
		if (len > 3 && strncmp(p + len - 3, "...", 3) == 0)
			arity.max = SIZE_MAX;
		else if (arity.max != SIZE_MAX)
			arity.max++;
		if (strncmp(p, "[COMMAND]", 9) == 0 || strncmp(p, "COMMAND", 7) == 0)
			arity.leading = n;
	}
	return arity;
}
