/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 and IPv6 addresses and subnets: reading, writing and reckoning with them. Pure: nothing
 * here knows of interfaces or of the store.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

/* An IPv6 address as a number; IPv4 addresses use the low 32 bits. */
typedef unsigned __int128 address_number;

struct address {
	int family; /* AF_INET, AF_INET6, or AF_UNSPEC: none */
	address_number value;
};

struct subnet {
	struct address base; /* its first address; of family AF_UNSPEC: no subnet */
	unsigned int prefix; /* length in bits */
};

/* Where objects have an address or subnet of each family, these are the indices. */
enum family_index { IPV4, IPV6, FAMILIES };

extern const int family_of[FAMILIES]; /* AF_INET, AF_INET6 */
extern const char *const family_name[FAMILIES]; /* "IPv4", "IPv6" */

/* The index of AF_INET or AF_INET6. */
enum family_index family_index(int family);

/*
 * The host's address towards each container that is behind no bridge, but on a link of its own, is
 * one of these, another one for each daemon: the container's next hop, and where it asks for names.
 */
#define LINK_SUBNET_IPV4 "169.254.0.0/16"
#define LINK_SUBNET_IPV6 "fd6b:6c65:656e::/48"

#define ADDRESS_TEXT_MAX 46 /* with the NUL, as INET6_ADDRSTRLEN */
#define SUBNET_TEXT_MAX	 50

/* What an address is within a subnet. */
enum address_role {
	ADDRESS_USABLE,
	ADDRESS_OUTSIDE,
	ADDRESS_NETWORK, /* the first one; of IPv6 the subnet's routers' anycast address, RFC 4291
			  */
	ADDRESS_BROADCAST, /* the last one; of IPv4 alone */
};

/*
 * Reads an address, inet_pton(3). family: what it must be, AF_UNSPEC: either. ERROR_INVALID names
 * the text.
 */
int address_parse(const char *text, int family, struct address *a, struct error *err);

/* Reads "ADDRESS/LENGTH". Bits set behind the prefix are an error that names the subnet meant. */
int subnet_parse(const char *text, int family, struct subnet *s, struct error *err);

/* Writes them as users know them, inet_ntop(3); "" for none. Returns text. */
char *address_format(const struct address *a, char text[ADDRESS_TEXT_MAX]);
char *subnet_format(const struct subnet *s, char text[SUBNET_TEXT_MAX]);

bool address_is_none(const struct address *a);
bool address_is_loopback(const struct address *a); /* 127.0.0.0/8, or ::1 */
bool address_equal(const struct address *a, const struct address *b);

/* The last address of a subnet, usable or not. */
struct address subnet_last(const struct subnet *s);

/*
 * The first and the last address that a host may have. Subnets of two addresses (/31, RFC 3021,
 * and /127, RFC 6164) and of one have neither network nor broadcast address.
 */
struct address subnet_first_usable(const struct subnet *s);
struct address subnet_last_usable(const struct subnet *s);

enum address_role subnet_role(const struct subnet *s, const struct address *a);
bool subnet_contains(const struct subnet *s, const struct address *a);
bool subnet_overlaps(const struct subnet *s, const struct subnet *t);

#endif
