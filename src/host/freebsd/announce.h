/* SPDX-License-Identifier: BSD-2-Clause */
/* The neighbours of a container that has just got its addresses (net/announcement.h). */
#ifndef FREEBSD_ANNOUNCE_H
#define FREEBSD_ANNOUNCE_H

#include "host/endpoint.h"

/*
 * Opens bpf(4) for announce. -1: it cannot be, as no neighbour then hears a word. It is to be
 * opened before a jail is entered, which has none. The caller closes it.
 */
int announce_open(void);

/*
 * Says on the Ethernet that the interface leads to that its hardware address has the endpoint's
 * addresses; the kernel itself does so of IPv4 alone. fd: of announce_open. An
 * interface that is no Ethernet's has no neighbours. What is lost is asked for in the ordinary way.
 */
void announce(int fd, const char *interface, const struct jail_endpoint *e);

#endif
