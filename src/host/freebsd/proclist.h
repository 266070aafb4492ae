/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processes of a container the warden did not start. */
#ifndef FREEBSD_PROCLIST_H
#define FREEBSD_PROCLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct proc_entry {
	pid_t pid, parent;
	int jail; /* 0: none */
	bool zombie;
};

/*
 * Writes the ids of the processes in one of the jails whose line of parents does not lead to the
 * ancestor; zombies do not count. Sorts list by pid. pids: room for n. Returns how many.
 */
size_t proclist_strangers(struct proc_entry *list, size_t n, pid_t ancestor, const int *jails,
	size_t njails, pid_t *pids);

#endif
