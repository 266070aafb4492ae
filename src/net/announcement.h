/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host tells all its neighbours on an Ethernet when an address is new to it, since they may
 * remember whose it was before: an ARP announcement (RFC 5227, 3) and an unsolicited neighbour
 * advertisement (RFC 4861, 7.2.6). Pure.
 */
#ifndef NET_ANNOUNCEMENT_H
#define NET_ANNOUNCEMENT_H

#include <stddef.h>

#include "net/address.h"

#define ANNOUNCEMENT_MAX 86

/* Makes the frame that says that the hardware address has the address. Returns its length. */
size_t announcement_make(const unsigned char hardware[6], const struct address *a,
	unsigned char frame[ANNOUNCEMENT_MAX]);

#endif
