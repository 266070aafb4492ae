/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces by ioctl(2), as ifconfig(8) uses it: netintro(4), if_clone, bridge(4), inet(4),
 * inet6(4). Each call opens a socket of its own, and calls nothing but the kernel unless it fails,
 * so that a child of a process with threads may use them.
 */
#ifndef FREEBSD_NETIF_H
#define FREEBSD_NETIF_H

#include "base/mem.h"
#include "net/address.h"
#include "net/settings.h"

#define NETIF_MARK_MAX 128 /* of a description, with the NUL */

/* True if there is an interface of that name. */
bool netif_exists(const char *name);

/* Makes the interface of exactly this name: "lo7", "bridge3", "epair5", whose ends are epair5a and
 * epair5b. ERROR_SYSTEM with EEXIST: it is there already. */
int netif_create(const char *name, struct error *err);

/* Removes it, an epair with both its ends. It is gone already: success. */
int netif_destroy(const char *name, struct error *err);

int netif_rename(const char *name, const char *to, struct error *err);
int netif_up(const char *name, struct error *err);

/* Makes it a member of an interface group. */
int netif_join_group(const char *name, const char *group, struct error *err);

/* The description. "": it has none, or there is no such interface. */
void netif_mark(const char *name, char mark[NETIF_MARK_MAX]);
int netif_set_mark(const char *name, const char *mark, struct error *err);

/*
 * Its hardware address; false if it has none, as one that is no Ethernet's. Allocates memory, which
 * a child of a process with threads must not.
 */
bool netif_hardware(const char *name, unsigned char hardware[6]);
int netif_set_hardware(const char *name, const unsigned char hardware[6], struct error *err);

/* Moves it into the network stack of the jail. */
int netif_give(const char *name, int jid, struct error *err);

/* Makes it a member of the bridge; isolated: members that are so reach only those that are not. */
int netif_join_bridge(const char *name, const char *bridge, bool isolated, struct error *err);

/* True if the interface has the address. */
bool netif_has_address(const char *name, const struct address *a);

/*
 * Adds an address without looking for others that have it: nobody else hands out these. prefix: in
 * bits. It has the address already: success.
 */
int netif_add_address(
	const char *name, const struct address *a, unsigned int prefix, struct error *err);

/* Removes it; it is not there: success. */
int netif_remove_address(const char *name, const struct address *a, struct error *err);

#endif
