/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an interface's description, ifconfig(8), says of whose it is. The host's end of an epair(4)
 * also tells the name of the other end, which is in a container:
 *
 *   kleene INSTANCE network ID
 *   kleene INSTANCE endpoint ID PEER
 */
#ifndef FREEBSD_MARK_H
#define FREEBSD_MARK_H

#include <stddef.h>

#include "base/id.h"
#include "net/settings.h"

#define MARK_INSTANCE_MAX 64 /* with the NUL */

struct mark {
	char instance[MARK_INSTANCE_MAX];
	char id[ID_LEN + 1];
	char peer[INTERFACE_MAX]; /* "": it is a network's */
};

/* Writes it; instance must be of no more than MARK_INSTANCE_MAX - 1 characters, without blanks. */
void mark_format(const struct mark *m, char *text, size_t size);

/* False if the text is no mark. */
bool mark_parse(const char *text, struct mark *m);

#endif
