/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/mark.h"

#include <stdio.h>
#include <string.h>

void mark_format(const struct mark *m, char *text, size_t size)
{
	if (m->peer[0] == '\0')
		snprintf(text, size, "kleene %s network %s", m->instance, m->id);
	else
		snprintf(text, size, "kleene %s endpoint %s %s", m->instance, m->id, m->peer);
}

bool mark_parse(const char *text, struct mark *m)
{
	char kind[16], rest;
	int n;

	memset(m, 0, sizeof(*m));
	n = sscanf(text, "kleene %63s %15s %12s %15s%c", m->instance, kind, m->id, m->peer, &rest);
	if (n == 3 && strcmp(kind, "network") == 0)
		return id_valid(m->id);
	return n == 4 && strcmp(kind, "endpoint") == 0 && id_valid(m->id);
}
