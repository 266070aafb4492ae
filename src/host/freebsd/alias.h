/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Containers' addresses on interfaces of the host's, be they a network's of ours or somebody
 * else's. A file in run_dir says of each that it is ours, and whose: it is there before the
 * address, and like that it does not outlive a reboot.
 */
#ifndef FREEBSD_ALIAS_H
#define FREEBSD_ALIAS_H

#include "host/endpoint.h"
#include "host/process.h"

/*
 * Adds the endpoint's addresses to its network's interface. ERROR_CONFLICT: the interface has one
 * that is not ours. On failure none is left.
 */
int aliases_add(struct host *h, const struct jail_endpoint *e, struct error *err);

/* Removes those of them that are ours. Failures are logged. */
void aliases_remove(struct host *h, const struct jail_endpoint *e);

/* True if the address is a container's. */
bool alias_is_ours(const struct host *h, const struct address *a);

/* Removes those of endpoints that are not in the list (of names as in jail_endpoint.interface). */
void aliases_sweep(struct host *h, const struct strings *known);

#endif
