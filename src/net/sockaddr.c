/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/sockaddr.h"

#include <netinet/in.h>
#include <stdint.h>

socklen_t sockaddr_make(struct sockaddr_storage *to, const struct address *a, unsigned int port)
{
	*to = (struct sockaddr_storage){.ss_family = (sa_family_t)a->family};
	if (a->family == AF_INET6) {
		struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)to;

		for (int i = 0; i < 16; i++)
			sin6->sin6_addr.s6_addr[i] = (uint8_t)(a->value >> 8 * (15 - i));
		sin6->sin6_port = htons((uint16_t)port);
		return sizeof(*sin6);
	} else {
		struct sockaddr_in *sin = (struct sockaddr_in *)to;

		sin->sin_addr.s_addr = htonl((uint32_t)a->value);
		sin->sin_port = htons((uint16_t)port);
		return sizeof(*sin);
	}
}
