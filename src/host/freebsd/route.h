/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes by route(4), in the network stack of the calling process. No memory is allocated. */
#ifndef FREEBSD_ROUTE_H
#define FREEBSD_ROUTE_H

#include "net/address.h"

/* Adds the default route of the router's family, or changes the one there is. */
int route_set_default(const struct address *router, struct error *err);

/* Removes the default route of a family; there is none: success. */
int route_remove_default(int family, struct error *err);

/* Leads one address to an interface; it does already: success. */
int route_add_host(const struct address *to, const char *interface, struct error *err);
int route_remove_host(const struct address *to, struct error *err);

#endif
