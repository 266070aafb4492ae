/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/limit.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#define DECIMALS_MAX 6 /* behind the point */

const struct option limit_options[] = {
	{"memory", 0, OPTION_VALUE, "SIZE", NULL,
		"end the container when it wants more memory: bytes, 64M, 1.5G; 0: no limit"},
	{"cpus", 0, OPTION_VALUE, "NUMBER", NULL,
		"let it use so many processors, such as 0.5; 0: all"},
	{"pids", 0, OPTION_VALUE, "NUMBER", NULL,
		"let it have so many processes and threads; 0: any number"},
	{0},
};

/* A number as people write it: whole + fraction / scale. */
struct decimal {
	unsigned long long whole, fraction, scale;
};

/* Reads digits with or without a point and more digits; the rest of the text, NULL: no number. */
static const char *read_decimal(const char *text, struct decimal *d)
{
	int decimals = 0;

	*d = (struct decimal){.scale = 1};
	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(d->whole, 10, &d->whole) ||
			__builtin_add_overflow(
				d->whole, (unsigned long long)(*text - '0'), &d->whole))
			return NULL;
	}
	if (*text != '.')
		return text;
	for (text++; isdigit((unsigned char)*text); text++) {
		if (++decimals > DECIMALS_MAX)
			return NULL;
		d->fraction = d->fraction * 10 + (unsigned long long)(*text - '0');
		d->scale *= 10;
	}
	return decimals > 0 ? text : NULL;
}

/* The unit at the end of a size: b, k, m, g, t, also as KB or KiB, all of them powers of 1024. */
static int read_unit(const char *text, unsigned int *shift)
{
	static const char units[] = "bkmgt";
	const char *unit = strchr(units, tolower((unsigned char)*text));

	*shift = 0;
	if (*text == '\0')
		return 0;
	if (unit == NULL)
		return -1;
	*shift = 10 * (unsigned int)(unit - units);
	text++;
	if (unit != units) {
		if (strncmp(text, "iB", 2) == 0)
			text++;
		if (*text == 'b' || *text == 'B')
			text++;
	}
	return *text == '\0' ? 0 : -1;
}

static int read_size(const char *text, long long *bytes)
{
	unsigned int shift;
	struct decimal d;
	const char *unit = read_decimal(text, &d);

	if (*text == '\0') {
		*bytes = 0;
		return 0;
	}
	if (unit == NULL || read_unit(unit, &shift) != 0 ||
		d.whole >= (unsigned long long)LLONG_MAX >> shift)
		return -1;
	*bytes = (long long)((d.whole << shift) + (d.fraction << shift) / d.scale);
	return 0;
}

static int bad(const char *option, const char *text, const char *expected, struct error *err)
{
	error_set(err, ERROR_INVALID, "--%s: '%s' is no %s", option, text, expected);
	err->code = EXIT_KLEE_FAILED;
	return -1;
}

int size_option(const struct args *args, const char *option, long long *bytes, struct error *err)
{
	const char *text = args_value(args, option);

	if (text == NULL || read_size(text, bytes) == 0)
		return 0;
	return bad(option, text, "size such as 1048576, 64M or 1.5G", err);
}

int limits_config(const struct args *args, json_t *config, struct error *err)
{
	const char *memory = args_value(args, "memory"), *cpus = args_value(args, "cpus");
	const char *pids = args_value(args, "pids"), *rest;
	struct decimal d = {.scale = 1};
	long long n = 0;

	if (size_option(args, "memory", &n, err) != 0)
		return -1;
	if (memory != NULL)
		json_object_set_new(config, "memory", json_integer(n));
	if (cpus != NULL && *cpus != '\0' &&
		((rest = read_decimal(cpus, &d)) == NULL || *rest != '\0'))
		return bad("cpus", cpus, "number such as 2 or 0.5", err);
	if (cpus != NULL)
		json_object_set_new(config, "cpus",
			json_real((double)d.whole + (double)d.fraction / (double)d.scale));
	n = 0;
	if (pids != NULL && *pids != '\0' && args_number(args, "pids", 0, 0, &n, err) != 0)
		return -1;
	if (pids != NULL)
		json_object_set_new(config, "pids", json_integer(n));
	return 0;
}
