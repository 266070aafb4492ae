/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports of the host's own addresses, which published ports must not take from a process that has
 * them: a socket that holds one, and who has it otherwise.
 */
#ifndef HOST_PORT_H
#define HOST_PORT_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "net/port.h"

/*
 * Binds a socket to the port of the address, which need not be the host's yet, so that nobody else
 * can: no connection is taken, what is not redirected is refused as if nobody listened. Returns the
 * descriptor, the caller's to close, or -1 with errno: EADDRINUSE if somebody has it, be it on all
 * addresses of the host.
 */
int port_hold(const struct address *a, enum protocol protocol, unsigned int port);

/*
 * A port that is free at all addresses of IPv4, of those that the host gives to who asks for none,
 * ip(7), ip(4). 0 with errno. Somebody may take it meanwhile.
 */
unsigned int port_find_free(enum protocol protocol);

struct port_user {
	pid_t pid;
	char name[32]; /* as ps(1) shows it; what could harm a terminal is replaced */
};

/*
 * Finds a process that has the port, on this address or on all. False if none is found, as it may
 * be in another container's process table, or have ended. Linux: proc(5), net/tcp and the like;
 * FreeBSD: sysctl(3), kern.file and net.inet.*.pcblist.
 */
bool port_find_user(
	const struct address *a, enum protocol protocol, unsigned int port, struct port_user *user);

/* ---- in what hosts differ, for port_hold ---- */

/* Lets the socket be bound to an address that is not, or not yet, the host's. */
void port_allow_any(int fd, int family);

/*
 * Binds a socket for TCP where there are connections of the past, and nobody listens; others can
 * bind none beside it. As bind(2).
 */
int port_bind_beside(int fd, const struct sockaddr *to, socklen_t len);

/* The host's number for the socket that listens (TCP) or is bound (UDP) there; 0: none is. */
uint64_t port_find_socket(const struct address *a, enum protocol protocol, unsigned int port);

#endif
