/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as the sockets' calls take them: ip(7), ipv6(7); inet(4), inet6(4). */
#ifndef NET_SOCKADDR_H
#define NET_SOCKADDR_H

#include <sys/socket.h>

#include "net/address.h"

/* Makes a struct sockaddr_in or sockaddr_in6 of an address and a port. Returns its length. */
socklen_t sockaddr_make(struct sockaddr_storage *to, const struct address *a, unsigned int port);

#endif
