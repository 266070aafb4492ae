/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a container's processes may do, as its jail parameters say: one table from parameters to
 * capabilities(7) and system calls.
 */
#ifndef HOST_LINUX_PERMISSIONS_H
#define HOST_LINUX_PERMISSIONS_H

#include <stdint.h>

#include "host/jail.h"

/* Groups of system calls that are refused unless the container has the feature. */
enum feature {
	FEATURE_ICMP = 1 << 0, /* sockets of ICMP, icmp(7) */
	FEATURE_FAMILIES = 1 << 1, /* sockets of other families than unix, inet, inet6, netlink */
	FEATURE_MOUNT = 1 << 2, /* mount(2), umount(2), the calls around fsopen(2) */
	FEATURE_NESTING = 1 << 3, /* unshare(2), setns(2), clone(2) with new namespaces */
	FEATURE_LOG = 1 << 4, /* syslog(2) */
	FEATURE_TRACE = 1 << 5, /* ptrace(2), process_vm_readv(2) */
	FEATURE_MSG = 1 << 6, /* System V message queues, semaphores, shared memory: sysvipc(7) */
	FEATURE_SEM = 1 << 7,
	FEATURE_SHM = 1 << 8,
};

struct permissions {
	uint64_t capabilities; /* of root in the container; the bounding set of all */
	unsigned int features; /* enum feature */
	bool host_ipc; /* shares the host's IPC namespace */
	bool lock_memory; /* RLIMIT_MEMLOCK does not hold */
};

/*
 * Reads them from config->params ("allow.raw_sockets", "allow.raw_sockets=false",
 * "allow.noraw_sockets"; later ones win); other parameters are passed over. What
 * config->confinement says of capabilities comes last. userns: the container gets a user namespace.
 * ERROR_INVALID naming a parameter that would give power over the host without one, or the other
 * way round.
 */
int permissions_read(
	const struct jail_config *config, bool userns, struct permissions *to, struct error *err);

/*
 * The parameter for which a container goes without a user namespace, as it asks for capabilities
 * over what the network driver host shares; NULL if there is none.
 */
const char *permissions_without_userns(const struct strings *params, enum network_driver driver);

#endif
