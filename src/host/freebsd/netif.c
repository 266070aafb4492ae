/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/netif.h"

#include <sys/param.h>

#include <errno.h>
#include <ifaddrs.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_bridgevar.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <netinet/in.h>
#include <netinet/in_var.h>
#include <netinet6/in6_var.h>
#include <netinet6/nd6.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sockio.h>

#include "host/freebsd/sockaddr.h"

/* ioctl(2) on a socket of the family. Returns 0, or -1 with errno. */
static int request(int family, unsigned long what, void *argument)
{
	AUTO_CLOSE int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = fd < 0 ? -1 : ioctl(fd, what, argument);

	return result < 0 ? -1 : 0;
}

static struct ifreq named(const char *name)
{
	struct ifreq r = {0};

	strlcpy(r.ifr_name, name, sizeof(r.ifr_name));
	return r;
}

static int failed(struct error *err, const char *name, const char *what)
{
	return error_errno(err, errno, "interface %s: %s", name, what);
}

/* ---- interfaces ---- */

bool netif_exists(const char *name)
{
	struct ifreq r = named(name);

	return request(AF_LOCAL, SIOCGIFFLAGS, &r) == 0;
}

int netif_create(const char *name, struct error *err)
{
	struct ifreq r = named(name);

	return request(AF_LOCAL, SIOCIFCREATE2, &r) < 0 ? failed(err, name, "cannot be made") : 0;
}

int netif_destroy(const char *name, struct error *err)
{
	struct ifreq r = named(name);

	if (request(AF_LOCAL, SIOCIFDESTROY, &r) == 0 || errno == ENXIO)
		return 0;
	return failed(err, name, "cannot be removed");
}

int netif_rename(const char *name, const char *to, struct error *err)
{
	struct ifreq r = named(name);
	char copy[IFNAMSIZ];

	strlcpy(copy, to, sizeof(copy));
	r.ifr_data = copy;
	if (request(AF_LOCAL, SIOCSIFNAME, &r) == 0)
		return 0;
	return error_errno(err, errno, "interface %s: cannot be named %s", name, to);
}

int netif_up(const char *name, struct error *err)
{
	struct ifreq r = named(name);

	if (request(AF_LOCAL, SIOCGIFFLAGS, &r) < 0)
		return failed(err, name, "cannot be brought up");
	r.ifr_flags |= IFF_UP;
	return request(AF_LOCAL, SIOCSIFFLAGS, &r) < 0 ? failed(err, name, "cannot be brought up")
						       : 0;
}

int netif_join_group(const char *name, const char *group, struct error *err)
{
	struct ifgroupreq r = {0};

	strlcpy(r.ifgr_name, name, sizeof(r.ifgr_name));
	strlcpy(r.ifgr_group, group, sizeof(r.ifgr_group));
	if (request(AF_LOCAL, SIOCAIFGROUP, &r) == 0 || errno == EEXIST)
		return 0;
	return failed(err, name, "cannot join an interface group");
}

void netif_mark(const char *name, char mark[NETIF_MARK_MAX])
{
	struct ifreq r = named(name);

	r.ifr_buffer.buffer = mark;
	r.ifr_buffer.length = NETIF_MARK_MAX;
	mark[0] = '\0';
	/* a longer one is nobody's mark: the kernel leaves it out then */
	if (request(AF_LOCAL, SIOCGIFDESCR, &r) < 0 || r.ifr_buffer.buffer == NULL)
		mark[0] = '\0';
}

int netif_set_mark(const char *name, const char *mark, struct error *err)
{
	struct ifreq r = named(name);

	r.ifr_buffer.buffer = (void *)(uintptr_t)mark;
	r.ifr_buffer.length = strlen(mark) + 1;
	return request(AF_LOCAL, SIOCSIFDESCR, &r) < 0 ? failed(err, name, "cannot be described")
						       : 0;
}

bool netif_hardware(const char *name, unsigned char hardware[6])
{
	struct ifaddrs *all, *a;
	bool found = false;

	if (getifaddrs(&all) != 0)
		return false;
	for (a = all; a != NULL && !found; a = a->ifa_next) {
		const struct sockaddr_dl *dl = (const struct sockaddr_dl *)(void *)a->ifa_addr;

		found = dl != NULL && dl->sdl_family == AF_LINK && strcmp(a->ifa_name, name) == 0 &&
			dl->sdl_alen == ETHER_ADDR_LEN &&
			(dl->sdl_type == IFT_ETHER || dl->sdl_type == IFT_BRIDGE ||
				dl->sdl_type == IFT_L2VLAN);
		if (found)
			memcpy(hardware, LLADDR(dl), ETHER_ADDR_LEN);
	}
	freeifaddrs(all);
	return found;
}

int netif_set_hardware(const char *name, const unsigned char hardware[6], struct error *err)
{
	struct ifreq r = named(name);

	r.ifr_addr.sa_family = AF_LINK;
	r.ifr_addr.sa_len = ETHER_ADDR_LEN;
	memcpy(r.ifr_addr.sa_data, hardware, ETHER_ADDR_LEN);
	return request(AF_LOCAL, SIOCSIFLLADDR, &r) < 0
		       ? failed(err, name, "cannot be given a hardware address")
		       : 0;
}

int netif_give(const char *name, int jid, struct error *err)
{
	struct ifreq r = named(name);

	r.ifr_jid = jid;
	if (request(AF_LOCAL, SIOCSIFVNET, &r) == 0)
		return 0;
	return error_errno(err, errno, "interface %s: cannot be moved to jail %d", name, jid);
}

static int bridge_request(const char *bridge, bool set, unsigned long what, struct ifbreq *member)
{
	struct ifdrv d = {.ifd_cmd = what, .ifd_len = sizeof(*member), .ifd_data = member};

	strlcpy(d.ifd_name, bridge, sizeof(d.ifd_name));
	return request(AF_LOCAL, set ? SIOCSDRVSPEC : SIOCGDRVSPEC, &d);
}

int netif_join_bridge(const char *name, const char *bridge, bool isolated, struct error *err)
{
	struct ifbreq member = {0};

	strlcpy(member.ifbr_ifsname, name, sizeof(member.ifbr_ifsname));
	if (bridge_request(bridge, true, BRDGADD, &member) < 0 && errno != EEXIST)
		return error_errno(
			err, errno, "interface %s: cannot be a member of %s", name, bridge);
	if (bridge_request(bridge, false, BRDGGIFFLGS, &member) < 0)
		return failed(err, bridge, "cannot read a member's flags");
	if (isolated)
		member.ifbr_ifsflags |= IFBIF_PRIVATE;
	else
		member.ifbr_ifsflags &= ~(uint32_t)IFBIF_PRIVATE;
	if (bridge_request(bridge, true, BRDGSIFFLGS, &member) < 0)
		return failed(err, bridge, "cannot set a member's flags");
	return 0;
}

/* ---- addresses ---- */

bool netif_has_address(const char *name, const struct address *a)
{
	/* the kernel looks for the interface's address that is the one given */
	if (a->family == AF_INET) {
		struct ifreq r = named(name);
		struct sockaddr_in *in = (struct sockaddr_in *)(void *)&r.ifr_addr;
		struct sockaddr_in wanted = sockaddr_in_of(a);

		*in = wanted;
		return request(AF_INET, SIOCGIFADDR, &r) == 0 &&
		       in->sin_addr.s_addr == wanted.sin_addr.s_addr;
	}
	struct in6_ifreq r = {.ifr_ifru.ifru_addr = sockaddr_in6_of(a)};

	strlcpy(r.ifr_name, name, sizeof(r.ifr_name));
	return request(AF_INET6, SIOCGIFADDR_IN6, &r) == 0;
}

static int add_ipv4(const char *name, const struct address *a, unsigned int prefix)
{
	const struct subnet around = {.base = *a, .prefix = prefix};
	const struct address last = subnet_last(&around), mask = prefix_mask(AF_INET, prefix);
	struct in_aliasreq r = {
		.ifra_addr = sockaddr_in_of(a),
		.ifra_mask = sockaddr_in_of(&mask),
	};

	if (prefix < 31)
		r.ifra_broadaddr = sockaddr_in_of(&last);
	strlcpy(r.ifra_name, name, sizeof(r.ifra_name));
	return request(AF_INET, SIOCAIFADDR, &r);
}

/*
 * Duplicate address detection would keep the address from use for a second or more: it is off for
 * this one moment.
 */
static int add_ipv6(const char *name, const struct address *a, unsigned int prefix)
{
	const struct address mask = prefix_mask(AF_INET6, prefix);
	struct in6_aliasreq r = {
		.ifra_addr = sockaddr_in6_of(a),
		.ifra_prefixmask = sockaddr_in6_of(&mask),
		.ifra_lifetime = {.ia6t_vltime = ND6_INFINITE_LIFETIME,
			.ia6t_pltime = ND6_INFINITE_LIFETIME},
	};
	struct in6_ndireq nd = {0};
	uint32_t before;
	int result;

	strlcpy(r.ifra_name, name, sizeof(r.ifra_name));
	strlcpy(nd.ifname, name, sizeof(nd.ifname));
	if (request(AF_INET6, SIOCGIFINFO_IN6, &nd) < 0)
		return -1;
	before = nd.ndi.flags & ~(uint32_t)ND6_IFF_IFDISABLED;
	nd.ndi.flags = before | ND6_IFF_NO_DAD;
	if (request(AF_INET6, SIOCSIFINFO_FLAGS, &nd) < 0)
		return -1;
	result = request(AF_INET6, SIOCAIFADDR_IN6, &r);
	if ((before & ND6_IFF_NO_DAD) == 0) {
		int saved = errno;

		nd.ndi.flags = before;
		request(AF_INET6, SIOCSIFINFO_FLAGS, &nd);
		errno = saved;
	}
	return result;
}

int netif_add_address(
	const char *name, const struct address *a, unsigned int prefix, struct error *err)
{
	char text[ADDRESS_TEXT_MAX];
	int result;

	if (netif_has_address(name, a))
		return 0;
	if (a->family == AF_INET)
		result = add_ipv4(name, a, prefix);
	else
		result = add_ipv6(name, a, prefix);
	if (result == 0)
		return 0;
	return error_errno(err, errno, "interface %s: cannot add the address %s", name,
		address_format(a, text));
}

int netif_remove_address(const char *name, const struct address *a, struct error *err)
{
	char text[ADDRESS_TEXT_MAX];
	int result;

	if (a->family == AF_INET) {
		struct ifreq r = named(name);

		*(struct sockaddr_in *)(void *)&r.ifr_addr = sockaddr_in_of(a);
		result = request(AF_INET, SIOCDIFADDR, &r);
	} else {
		struct in6_ifreq r = {.ifr_ifru.ifru_addr = sockaddr_in6_of(a)};

		strlcpy(r.ifr_name, name, sizeof(r.ifr_name));
		result = request(AF_INET6, SIOCDIFADDR_IN6, &r);
	}
	if (result == 0 || errno == EADDRNOTAVAIL || errno == ENXIO)
		return 0;
	return error_errno(err, errno, "interface %s: cannot remove the address %s", name,
		address_format(a, text));
}
