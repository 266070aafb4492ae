/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/announce.h"

#include <sys/param.h>

#include <fcntl.h>
#include <net/bpf.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/freebsd/netif.h"
#include "net/announcement.h"

int announce_open(void)
{
	return open("/dev/bpf", O_WRONLY | O_CLOEXEC);
}

void announce(int fd, const char *interface, const struct jail_endpoint *e)
{
	unsigned char hardware[6], frame[ANNOUNCEMENT_MAX];
	unsigned int complete = 1; /* the frame has its sender in it */
	struct ifreq r = {0};

	strlcpy(r.ifr_name, interface, sizeof(r.ifr_name));
	if (fd < 0 || !netif_hardware(interface, hardware) || ioctl(fd, BIOCSETIF, &r) < 0 ||
		ioctl(fd, BIOCSHDRCMPLT, &complete) < 0)
		return;
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]))
			(void)!write(fd, frame, announcement_make(hardware, &e->address[i], frame));
}
