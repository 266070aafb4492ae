/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's settings, by sysctl(3). */
#include "host/settings.h"

#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysctl.h>

int setting_read(const char *name, char value[SETTING_VALUE_MAX], struct error *err)
{
	int number;
	size_t len = sizeof(number);

	if (sysctlbyname(name, &number, &len, NULL, 0) < 0) {
		error_errno(err, errno, "cannot read %s", name);
		if (err->code == ENOENT)
			err->kind = ERROR_NOT_FOUND;
		return -1;
	}
	snprintf(value, SETTING_VALUE_MAX, "%d", number);
	return 0;
}

int setting_write(const char *name, const char *value, struct error *err)
{
	char *end;
	long n = strtol(value, &end, 10);
	int number = (int)n;

	if (end == value || *end != '\0' || n < INT_MIN || n > INT_MAX)
		return error_set(err, ERROR_INVALID, "%s cannot be '%s'", name, value);
	if (sysctlbyname(name, NULL, NULL, &number, sizeof(number)) < 0)
		return error_errno(err, errno, "cannot set %s to %s", name, value);
	return 0;
}
