/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of containers, for the resolver: it asks, the state of networks answers. */
#ifndef NETWORK_NETNAMES_H
#define NETWORK_NETNAMES_H

#include "dns/resolver.h"

struct daemon;

/* Starts the resolver. It listens nowhere yet. NULL on failure. */
struct resolver *netnames_start(struct daemon *d, struct error *err);

/* Has it listen on an address of the host's; failures are logged, each once in a row at most. */
void netnames_listen(struct daemon *d, const struct address *address);

#endif
