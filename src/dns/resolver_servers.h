/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's name servers, as resolv.conf(5) has them. */
#ifndef DNS_RESOLVER_SERVERS_H
#define DNS_RESOLVER_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "dns/resolver.h"

/* Zero-initialised but for the path. */
struct servers {
	char *path;
	bool known; /* what follows is of the file as 'seen' says; else there is no file */
	struct stat seen;
	struct server_address list[SERVERS_MAX];
	size_t n;
};

/*
 * Reads the file if it is not the one that was read last. Beside ADDRESS, with a scope if need be,
 * [ADDRESS]:PORT is understood. Without a file or a server in it, there is the one on this host.
 */
void servers_refresh(struct servers *s);

#endif
