/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every system call that is known, of every architecture Kleene runs programs of, and what becomes
 * of it in a container: the one table that filter.c makes programs for seccomp(2) of.
 */
#ifndef HOST_LINUX_FILTER_CALLS_H
#define HOST_LINUX_FILTER_CALLS_H

#include <stddef.h>

/* Who decides about a call that the container's features admit. */
enum verdict {
	VERDICT_ALLOW, /* the kernel alone */
	VERDICT_SOCKET, /* besides, its arguments: filter.c */
	VERDICT_CLONE,
	VERDICT_UNSHARE,
	VERDICT_PERSONALITY,
	VERDICT_MOUNT,
	VERDICTS,
};

#define NEVER (1u << 31) /* a feature that no container has */

struct call_group {
	unsigned int needs; /* enum feature, all of these; 0: every container may make the calls */
	int errnum; /* what they fail with where these are missing */
	enum verdict verdict; /* where they are not */
	/*
	 * Separated by spaces. "name=number" where the library need not know the name yet: such
	 * numbers, from 424 on, are the same on all architectures.
	 */
	const char *names;
};

extern const struct call_group call_groups[];
extern const size_t call_groups_count;

#endif
