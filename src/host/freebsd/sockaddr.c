/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/sockaddr.h"

#include <stddef.h>
#include <string.h>

struct sockaddr_in sockaddr_in_of(const struct address *a)
{
	return (struct sockaddr_in){
		.sin_len = sizeof(struct sockaddr_in),
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl((uint32_t)a->value),
	};
}

struct sockaddr_in6 sockaddr_in6_of(const struct address *a)
{
	struct sockaddr_in6 s = {.sin6_len = sizeof(s), .sin6_family = AF_INET6};

	for (int i = 0; i < 16; i++)
		s.sin6_addr.s6_addr[i] = (unsigned char)(a->value >> (120 - 8 * i));
	return s;
}

struct address address_of(const struct sockaddr *s)
{
	struct address a = {.family = AF_UNSPEC};

	if (s->sa_family == AF_INET) {
		a.family = AF_INET;
		a.value = ntohl(((const struct sockaddr_in *)(const void *)s)->sin_addr.s_addr);
	} else if (s->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)s;

		a.family = AF_INET6;
		for (int i = 0; i < 16; i++)
			a.value = a.value << 8 | in6->sin6_addr.s6_addr[i];
		/* the kernel keeps the link's number in addresses that mean nothing without it */
		if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			a.value &= ~((address_number)0xffff << 96);
	}
	return a;
}

struct address prefix_mask(int family, unsigned int prefix)
{
	const unsigned int bits = family == AF_INET ? 32 : 128;
	struct address a = {.family = family};

	for (unsigned int i = 0; i < prefix; i++)
		a.value |= (address_number)1 << (bits - 1 - i);
	return a;
}

unsigned int mask_prefix(int family, const struct sockaddr *mask)
{
	const size_t begin = family == AF_INET ? offsetof(struct sockaddr_in, sin_addr)
					       : offsetof(struct sockaddr_in6, sin6_addr);
	const size_t size = family == AF_INET ? 4 : 16;
	const unsigned char *bytes = (const unsigned char *)mask;
	unsigned int prefix = 0;

	for (size_t i = begin; i < begin + size && i < mask->sa_len; i++) {
		if (bytes[i] == 0xff) {
			prefix += 8;
			continue;
		}
		for (unsigned char byte = bytes[i]; (byte & 0x80) != 0;
			byte = (unsigned char)(byte << 1))
			prefix++;
		break;
	}
	return prefix;
}
