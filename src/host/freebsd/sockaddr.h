/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as BSD sockets have them, with their lengths. Pure. */
#ifndef FREEBSD_SOCKADDR_H
#define FREEBSD_SOCKADDR_H

#include <netinet/in.h>

#include "net/address.h"

struct sockaddr_in sockaddr_in_of(const struct address *a);
struct sockaddr_in6 sockaddr_in6_of(const struct address *a);

/* The address of a struct sockaddr_in or sockaddr_in6, without its scope; none: another family. */
struct address address_of(const struct sockaddr *s);

/* The mask of a prefix. */
struct address prefix_mask(int family, unsigned int prefix);

/*
 * The length of a mask's prefix. The kernel may leave off zeroes at its end, and then gives it a
 * shorter length and no family.
 */
unsigned int mask_prefix(int family, const struct sockaddr *mask);

#endif
