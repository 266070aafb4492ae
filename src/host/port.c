/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/sockaddr.h"

static int new_socket(int family, enum protocol protocol)
{
	const int type = protocol == PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM, on = 1, least = 1;
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	port_allow_any(fd, family);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)); /* nobody reads */
	return fd;
}

unsigned int port_find_free(enum protocol protocol)
{
	struct sockaddr_in own = {.sin_family = AF_INET};
	socklen_t len = sizeof(own);
	AUTO_CLOSE int fd = new_socket(AF_INET, protocol);

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, len) != 0 ||
		getsockname(fd, (struct sockaddr *)&own, &len) != 0)
		return 0;
	return ntohs(own.sin_port);
}

int port_hold(const struct address *a, enum protocol protocol, unsigned int port)
{
	struct sockaddr_storage to;
	socklen_t len = sockaddr_make(&to, a, port);
	AUTO_CLOSE int fd = new_socket(a->family, protocol);
	int result = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&to, len);

	/* without SO_REUSEADDR, connections that end count as well */
	if (result != 0 && fd >= 0 && errno == EADDRINUSE && protocol == PROTOCOL_TCP) {
		if (port_find_socket(a, protocol, port) == 0)
			result = port_bind_beside(fd, (struct sockaddr *)&to, len);
		else
			errno = EADDRINUSE;
	}
	return result != 0 ? -1 : take_fd(&fd);
}
