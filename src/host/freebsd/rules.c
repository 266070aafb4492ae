/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/rules.h"

#include <string.h>

#define ASKED_FACTOR 4 /* how much more may be asked for than resident */

/* Every kind of rule that there may be, in whatever order. */
static const char *const kinds[] = {"memoryuse:sigkill", "memoryuse:log", "swapuse:sigkill",
	"swapuse:log", "pcpu:deny", "maxproc:deny", "nthr:deny"};

static void add(struct strings *rules, const char *jail, const char *kind, uint64_t amount)
{
	strings_take(rules, xasprintf("jail:%s:%s=%llu", jail, kind, (unsigned long long)amount));
}

void rules_make(const char *jail, const struct limits *l, unsigned int tag, struct strings *rules)
{
	uint64_t memory = l->memory - l->memory % RULES_PAGE;
	unsigned int percent = l->cpu < 10 ? 1 : l->cpu / 10;

	if (l->memory != 0) {
		/* the log first: the signal may be the last that happens to the process */
		add(rules, jail, "memoryuse:log", memory + tag);
		add(rules, jail, "memoryuse:sigkill", memory + tag);
		add(rules, jail, "swapuse:log", ASKED_FACTOR * memory + tag);
		add(rules, jail, "swapuse:sigkill", ASKED_FACTOR * memory + tag);
	}
	if (l->cpu != 0)
		add(rules, jail, "pcpu:deny", percent);
	if (l->pids != 0) {
		add(rules, jail, "maxproc:deny", l->pids);
		add(rules, jail, "nthr:deny", l->pids);
	}
}

void rules_filters(const char *jail, struct strings *filters)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		strings_take(filters, xasprintf("jail:%s:%s", jail, kinds[i]));
}

static bool has(const char *messages, size_t len, const char *text)
{
	return memmem(messages, len, text, strlen(text)) != NULL;
}

bool rules_matched(const char *rules, const char *messages, size_t len)
{
	AUTO_FREE char *list = xstrdup(rules);
	char *rest;

	for (char *rule = strtok_r(list, ",", &rest); rule != NULL;
		rule = strtok_r(NULL, ",", &rest)) {
		AUTO_FREE char *line = xasprintf("rule \"%s\" matched", rule);

		if (has(messages, len, line))
			return true;
	}
	return false;
}

void rules_jails(const char *rules, struct strings *jails)
{
	AUTO_FREE char *list = xstrdup(rules);
	char *rest;

	for (char *rule = strtok_r(list, ",", &rest); rule != NULL;
		rule = strtok_r(NULL, ",", &rest)) {
		char *name = strncmp(rule, "jail:", 5) == 0 ? rule + 5 : NULL;
		char *end = name ? strchr(name, ':') : NULL;

		if (end == NULL)
			continue;
		*end = '\0';
		if (!strings_has(jails, name))
			strings_add(jails, name);
	}
}
