/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings of the kernel that a container has for itself, sysctl(8). */
#ifndef HOST_LINUX_SYSCTLS_H
#define HOST_LINUX_SYSCTLS_H

#include "host/confinement.h"

/*
 * Checks that each is "name=value", with the name of one that the container's namespaces have for
 * themselves. host_ipc: the IPC namespace is the host's. ERROR_INVALID naming one that is not.
 */
int sysctls_check(const struct strings *sysctls, enum network_driver driver, bool host_ipc,
	struct error *err);

/* In the container's namespaces, proc being its proc(5) before anything protects that: sets them.
 */
int sysctls_set(const struct strings *sysctls, int proc, struct error *err);

#endif
