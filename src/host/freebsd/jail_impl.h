/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files behind host/jail.h share. */
#ifndef FREEBSD_JAIL_IMPL_H
#define FREEBSD_JAIL_IMPL_H

#include "host/jail.h"

struct jail {
	int jid;
	char *name; /* jailparam_jail_name */
	char *root; /* real path */
	struct strings interfaces; /* the host's ends of its epairs */
	int fib; /* of its processes, setfib(2); -1: that of the warden */
};

/*
 * Keeps every other process from tracing this one until it executes a program. A child of the
 * warden that has entered the jail would otherwise hand its memory and descriptors to the
 * jail's root.
 */
void jail_forbid_tracing(void);

#endif
