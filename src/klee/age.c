/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/age.h"

#include <stdio.h>

#include "base/mem.h"

#define MINUTE 60L
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)
#define MONTH  (30 * DAY)
#define YEAR   (365 * DAY)

/* Up to which age a unit is used: days until two weeks are full, and so on. */
static const struct {
	long below, unit;
	const char *name, *one;
} units[] = {
	{MINUTE, 1, "seconds", "1 second"},
	{HOUR, MINUTE, "minutes", "About a minute"},
	{2 * DAY, HOUR, "hours", "About an hour"},
	{2 * WEEK, DAY, "days", "1 day"},
	{2 * MONTH, WEEK, "weeks", "1 week"},
	{2 * YEAR, MONTH, "months", "1 month"},
};

time_t age_parse(const char *text)
{
	struct tm tm = {0};
	int end = 0;

	/* NOLINTNEXTLINE(cert-err34-c): the digits are counted, and so are the numbers */
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		    &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 6 ||
		end == 0)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return timegm(&tm);
}

char *age_span(time_t then, time_t now)
{
	long age = now > then ? (long)(now - then) : 0;

	if (age == 0)
		return xstrdup("Less than a second");
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (age >= units[i].below)
			continue;
		if (age / units[i].unit == 1)
			return xstrdup(units[i].one);
		return xasprintf("%ld %s", age / units[i].unit, units[i].name);
	}
	return xasprintf("%ld years", age / YEAR);
}

char *age_words(time_t then, time_t now)
{
	AUTO_FREE char *span = age_span(then, now);

	return xasprintf("%s ago", span);
}
