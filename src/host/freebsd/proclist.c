/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/proclist.h"

#include <stdlib.h>

static int by_pid(const void *a, const void *b)
{
	const struct proc_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static bool in_jails(const struct proc_entry *p, const int *jails, size_t njails)
{
	for (size_t i = 0; i < njails; i++)
		if (p->jail == jails[i])
			return true;
	return false;
}

static bool descends(
	const struct proc_entry *p, const struct proc_entry *list, size_t n, pid_t ancestor)
{
	/* the list is no snapshot of one moment: parents could even form a ring */
	for (size_t steps = 0; p != NULL && steps <= n; steps++) {
		if (p->pid == ancestor || p->parent == ancestor)
			return true;
		p = bsearch(&(struct proc_entry){.pid = p->parent}, list, n, sizeof(*list), by_pid);
	}
	return false;
}

size_t proclist_strangers(struct proc_entry *list, size_t n, pid_t ancestor, const int *jails,
	size_t njails, pid_t *pids)
{
	size_t found = 0;

	qsort(list, n, sizeof(*list), by_pid);
	for (size_t i = 0; i < n; i++) {
		const struct proc_entry *p = &list[i];

		if (!p->zombie && in_jails(p, jails, njails) && !descends(p, list, n, ancestor))
			pids[found++] = p->pid;
	}
	return found;
}
