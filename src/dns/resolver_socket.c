/* SPDX-License-Identifier: BSD-2-Clause */
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "dns/resolver_private.h"
#include "net/sockaddr.h"

#define BACKLOG 64

int socket_bind(const struct address *address, unsigned int port, int type)
{
	struct sockaddr_storage to;
	socklen_t len = sockaddr_make(&to, address, port);
	AUTO_CLOSE int fd = socket(address->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;

	if (fd < 0)
		return -1;
	/* connections of before that are not forgotten yet do not matter */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&to, len) != 0 ||
		(type == SOCK_STREAM && listen(fd, BACKLOG) != 0))
		return -1;
	return take_fd(&fd);
}

struct address socket_address(const struct sockaddr_storage *from)
{
	struct address a = {from->ss_family, 0};

	if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)from;

		for (int i = 0; i < 16; i++)
			a.value = a.value << 8 | sin6->sin6_addr.s6_addr[i];
	} else {
		a.value = ntohl(((const struct sockaddr_in *)from)->sin_addr.s_addr);
	}
	return a;
}

static in_port_t port_of(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
					: ((const struct sockaddr_in *)a)->sin_port;
}

bool socket_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	struct address x = socket_address(a), y = socket_address(b);

	return address_equal(&x, &y) && port_of(a) == port_of(b);
}
