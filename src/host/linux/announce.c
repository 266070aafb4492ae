/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/announce.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "host/linux/links.h"
#include "net/announcement.h"

int announce_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* protocol 0: receives nothing */

	if (fd < 0)
		log_error("containers' addresses are not announced: packet(7) cannot be had: %s",
			strerror(errno));
	return fd;
}

static void send_all(int packets, const struct link *from, const unsigned char hardware[6],
	const struct jail_endpoint *e)
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = from->index, .sll_halen = 6};
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

/* What the bridge itself sends is not heard by the host. */
static void forget_neighbour(int fd, const struct link *bridge, const struct jail_endpoint *e)
{
	struct error err;
	struct batch b;

	batch_init(&b);
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]))
			link_forget_neighbour(&b, bridge->index, &e->address[i]);
	if (batch_run(&b, fd, &err) != 0)
		log_debug("endpoint %s: %s", e->id, err.message);
}

void announce(int packets, int fd, const struct jail_endpoint *e)
{
	struct link network;
	struct error err;

	if (packets < 0 || (e->type != NETWORK_BRIDGE && e->type != NETWORK_CUSTOM) ||
		link_find(fd, e->network, NULL, &network, &err) != 0 || !network.ethernet)
		return;
	if (e->type == NETWORK_BRIDGE)
		forget_neighbour(fd, &network, e);
	send_all(packets, &network, e->type == NETWORK_BRIDGE ? e->hardware : network.hardware, e);
}
