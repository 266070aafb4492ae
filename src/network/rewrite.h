/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a container sees while they are written anew: in place, and never by half. */
#ifndef NETWORK_REWRITE_H
#define NETWORK_REWRITE_H

#include "base/mem.h"

/*
 * Puts the text in the place of what the file holds, all of it: where the disk is full, the file
 * holds what it held, whose room is its own. 0 or an errno.
 */
int rewrite(int fd, const struct buffer *text);

#endif
