/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections the kernel remembers: filter_forget of host/firewall.h. */
#ifndef HOST_LINUX_CONNTRACK_H
#define HOST_LINUX_CONNTRACK_H

#include "firewall/firewall.h"

/*
 * Makes the kernel forget connections by UDP to the host's addresses with published ports, and
 * those of any kind to and from the addresses. Failures are logged.
 */
void conntrack_forget(const struct firewall *fw, const struct published_port *ports, size_t nports,
	const struct address *addresses, size_t naddresses);

#endif
