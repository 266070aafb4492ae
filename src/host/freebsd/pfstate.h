/* SPDX-License-Identifier: BSD-2-Clause */
/* What pfctl(8) prints of the states that pf(4) keeps. Pure. */
#ifndef FREEBSD_PFSTATE_H
#define FREEBSD_PFSTATE_H

#include "base/mem.h"
#include "net/address.h"

/*
 * Appends to ids those of the states of UDP that were made by packets to one of the ports of the
 * address, as ID/CREATOR: without the latter pfctl(8) finds but states that were made since the
 * rules were loaded last, as with each load pf(4) gives its states another creator. text: what
 * "pfctl -vv -s states" prints.
 */
void pfstate_udp(const char *text, const struct address *to, unsigned int low, unsigned int high,
	struct strings *ids);

#endif
