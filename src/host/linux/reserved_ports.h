/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports below net.ipv4.ip_unprivileged_port_start, for containers that share the host's network
 * and have a user namespace: their capabilities count for nothing in the host's network namespace.
 */
#ifndef HOST_LINUX_RESERVED_PORTS_H
#define HOST_LINUX_RESERVED_PORTS_H

#include "base/error.h"

/*
 * Has the kernel allow bind(2) to them for who has CAP_NET_BIND_SERVICE in a user namespace just
 * below the host's, and is in the control group or below it: bpf(2) programs of that group, which
 * stay as long as it does, whatever becomes of the daemon. group: its directory, in version 2. What
 * an earlier call has attached is replaced. Needs Linux 5.12.
 */
int reserved_ports_allow(int group, struct error *err);

#endif
