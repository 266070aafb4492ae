/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A jail's own network stack, vnet(9): what belongs into it is moved there and configured by a
 * child of this process that has entered the jail.
 */
#ifndef FREEBSD_VNET_H
#define FREEBSD_VNET_H

#include "host/endpoint.h"

/*
 * In a jail that is new: brings lo0 up, moves the other ends of the endpoints' epairs in, gives
 * them their addresses, and sets the default routes.
 */
int vnet_configure(int jid, const struct jail_endpoint *endpoints, size_t n, struct error *err);

/* Sets the default routes to what the endpoints say, after one of them has gone. */
int vnet_set_routes(int jid, const struct jail_endpoint *endpoints, size_t n, struct error *err);

#endif
