#include "host/linux/announce.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "host/linux/links.h"
#include "net/announcement.h"

#define PORT_WAIT 1000 /* milliseconds */

int announce_open(struct error *err)
{
	int fd =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* protocol 0: it receives nothing */

	return fd >= 0 ? fd : error_errno(err, errno, "cannot open a packet(7) socket");
}

int announce_watch(struct error *err)
{
	int fd = netlink_open(NETLINK_ROUTE, err), group = RTNLGRP_LINK;

	if (fd < 0 ||
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
		return fd;
	error_errno(err, errno, "cannot watch interfaces");
	close(fd);
	return -1;
}

static void drain(int watch)
{
	char bytes[256];

	while (recv(watch, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
}

/* A bridge takes nothing from a port whose link the kernel has not seen come up yet. */
static void wait_for_port(int fd, int watch, const char *name)
{
	struct pollfd change = {.fd = watch, .events = POLLIN};
	int64_t end = now_ms() + PORT_WAIT;
	struct error err;
	struct link link;

	for (;;) {
		int64_t left = end - now_ms();

		drain(watch);
		if (link_find(fd, name, NULL, &link, &err) != 0 || link.index == 0 ||
			link.forwards || left <= 0)
			return;
		poll(&change, 1, (int)left);
	}
}

static void send_all(
	int packets, int index, const unsigned char hardware[6], const struct jail_endpoint *e)
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = index, .sll_halen = 6};
	unsigned char frame[ANNOUNCEMENT_MAX];

	for (int i = 0; i < FAMILIES; i++) {
		size_t len;

		if (address_is_none(&e->address[i]))
			continue;
		len = announcement_make(hardware, &e->address[i], frame);
		if (sendto(packets, frame, len, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
			log_debug("endpoint %s: its address is not announced: %s", e->id,
				strerror(errno));
	}
}

/* In the host's own namespace, on an interface that need not be an Ethernet's. */
static void announce_for(int fd, const struct jail_endpoint *e)
{
	AUTO_CLOSE int packets = -1;
	struct link link;
	struct error err;

	if (link_find(fd, e->network, NULL, &link, &err) != 0 || !link.ethernet)
		return;
	packets = announce_open(&err);
	if (packets >= 0)
		send_all(packets, link.index, link.hardware, e);
}

void announce(int fd, int watch, int packets, int index, const struct jail_endpoint *e)
{
	if (e->type == NETWORK_CUSTOM) {
		announce_for(fd, e);
	} else if (e->type == NETWORK_BRIDGE) {
		wait_for_port(fd, watch, e->interface);
		send_all(packets, index, e->hardware, e);
	}
}
