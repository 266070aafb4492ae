/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of Linux's networks share: networks and endpoints. */
#ifndef HOST_LINUX_NETWORK_IMPL_H
#define HOST_LINUX_NETWORK_IMPL_H

#include "host/linux/host.h"
#include "host/linux/links.h"
#include "host/settings.h"

/* ---- endpoints.c ---- */

/*
 * Makes a new container's endpoints, and brings up its loopback interface. pid: a process in its
 * network namespace. On failure what has been made goes with the namespace.
 */
int endpoints_make(struct host *h, pid_t pid, const struct jail_endpoint *endpoints, size_t n,
	struct error *err);

#endif
