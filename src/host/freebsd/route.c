/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/route.h"

#include <sys/param.h>

#include <errno.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "host/freebsd/sockaddr.h"

/* A message with room for three addresses, each of which begins at a multiple of a long. */
struct message {
	struct rt_msghdr header;
	char data[4 * sizeof(struct sockaddr_in6)];
};

static void start(struct message *m, int type, int flags)
{
	static const struct message empty;

	*m = empty;
	m->header.rtm_version = RTM_VERSION;
	m->header.rtm_type = (unsigned char)type;
	m->header.rtm_flags = RTF_UP | flags;
	m->header.rtm_msglen = sizeof(m->header);
}

/* Appends an address; they come in the order of their bits. */
static void put(struct message *m, int which, const void *address)
{
	const size_t len = ((const struct sockaddr *)address)->sa_len;

	memcpy((char *)m + m->header.rtm_msglen, address, len);
	m->header.rtm_msglen = (unsigned short)(m->header.rtm_msglen + roundup2(len, sizeof(long)));
	m->header.rtm_addrs |= which;
}

static void put_address(struct message *m, int which, const struct address *a)
{
	if (a->family == AF_INET) {
		const struct sockaddr_in in = sockaddr_in_of(a);

		put(m, which, &in);
	} else {
		const struct sockaddr_in6 in6 = sockaddr_in6_of(a);

		put(m, which, &in6);
	}
}

/* Returns 0, or -1 with errno. */
static int send_message(const struct message *m)
{
	AUTO_CLOSE int fd = socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, AF_UNSPEC);

	if (fd < 0)
		return -1;
	/* the kernel's answer to a message is the result of its write(2) */
	shutdown(fd, SHUT_RD);
	return write(fd, m, m->header.rtm_msglen) == (ssize_t)m->header.rtm_msglen ? 0 : -1;
}

int route_set_default(const struct address *router, struct error *err)
{
	const struct address any = {.family = router->family};
	char text[ADDRESS_TEXT_MAX];
	struct message m;
	int result = -1;

	/* there may be one already, which is changed then */
	for (int i = 0; i < 2 && result != 0; i++) {
		start(&m, i == 0 ? RTM_ADD : RTM_CHANGE, RTF_GATEWAY | RTF_STATIC);
		put_address(&m, RTA_DST, &any);
		put_address(&m, RTA_GATEWAY, router);
		put_address(&m, RTA_NETMASK, &any);
		result = send_message(&m);
		if (result != 0 && errno != EEXIST)
			break;
	}
	if (result == 0)
		return 0;
	return error_errno(
		err, errno, "cannot set the default route by %s", address_format(router, text));
}

int route_remove_default(int family, struct error *err)
{
	const struct address any = {.family = family};
	struct message m;

	start(&m, RTM_DELETE, 0);
	put_address(&m, RTA_DST, &any);
	put_address(&m, RTA_NETMASK, &any);
	if (send_message(&m) == 0 || errno == ESRCH)
		return 0;
	return error_errno(err, errno, "cannot remove the default route");
}

int route_add_host(const struct address *to, const char *interface, struct error *err)
{
	struct sockaddr_dl link = {.sdl_len = sizeof(link), .sdl_family = AF_LINK};
	char text[ADDRESS_TEXT_MAX];
	struct message m;

	link.sdl_index = (unsigned short)if_nametoindex(interface);
	start(&m, RTM_ADD, RTF_HOST | RTF_STATIC);
	put_address(&m, RTA_DST, to);
	put(&m, RTA_GATEWAY, &link);
	if (send_message(&m) == 0 || errno == EEXIST)
		return 0;
	return error_errno(err, errno, "cannot set the route to %s by %s", address_format(to, text),
		interface);
}

int route_remove_host(const struct address *to, struct error *err)
{
	char text[ADDRESS_TEXT_MAX];
	struct message m;

	start(&m, RTM_DELETE, RTF_HOST);
	put_address(&m, RTA_DST, to);
	if (send_message(&m) == 0 || errno == ESRCH)
		return 0;
	return error_errno(err, errno, "cannot remove the route to %s", address_format(to, text));
}
