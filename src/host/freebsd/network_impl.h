/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files behind host/network.h share. */
#ifndef FREEBSD_NETWORK_IMPL_H
#define FREEBSD_NETWORK_IMPL_H

#include "host/freebsd/host.h"
#include "host/freebsd/mark.h"
#include "host/network.h"
#include "host/settings.h"

/* True if the interface bears a mark of this instance; the mark goes to *mark. */
bool interface_is_ours(const struct host *h, const char *name, struct mark *mark);

/* Marks an interface. peer: "" for a network's. */
int interface_set_mark(const struct host *h, const char *name, const char *id, const char *peer,
	struct error *err);

/*
 * Makes what endpoints of a container that is about to start need on the host: for vnet the epairs,
 * with one end in the bridge, otherwise addresses. On failure nothing is left.
 */
int endpoints_make(struct host *h, enum network_driver driver,
	const struct jail_endpoint *endpoints, size_t n, struct error *err);

#endif
