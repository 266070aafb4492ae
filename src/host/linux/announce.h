/* SPDX-License-Identifier: BSD-2-Clause */
/* The neighbours of a container that has just got its interfaces (net/announcement.h). */
#ifndef HOST_LINUX_ANNOUNCE_H
#define HOST_LINUX_ANNOUNCE_H

#include "host/endpoint.h"

/*
 * Opens a socket that sends frames in the thread's network namespace, the host's. -1: it cannot be
 * had, which has been logged, and announce then does nothing. There is one for as long as the host
 * is open, since closing a packet(7) socket waits for the kernel's readers: milliseconds, which no
 * start of a container must take.
 */
int announce_open(void);

/*
 * Says on an endpoint's network where its addresses are, as far as that can be: whoever does not
 * hear it asks in the ordinary way. packets: of announce_open. fd: a netlink socket of the host's.
 * On a bridge the host speaks in the container's stead, from the bridge's own end: its port need
 * not pass frames yet. A custom network's neighbours hear that the host answers for the container.
 */
void announce(int packets, int fd, const struct jail_endpoint *e);

#endif
