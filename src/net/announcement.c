/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/announcement.h"

#include <string.h>

#define ETHERNET      14 /* bytes of each header */
#define IP6	      40
#define ADVERTISEMENT 32 /* ICMPv6 with the target and one option, its hardware address */

static void put_address(unsigned char *to, const struct address *a)
{
	size_t len = a->family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < len; i++)
		to[i] = (unsigned char)(a->value >> (8 * (len - 1 - i)));
}

static void put_ethernet(unsigned char *frame, const unsigned char to[6],
	const unsigned char from[6], unsigned int type)
{
	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	frame[12] = (unsigned char)(type >> 8);
	frame[13] = (unsigned char)type;
}

/* A request for the address by who has it: no answer is expected. */
static size_t make_arp(
	const unsigned char hardware[6], const struct address *a, unsigned char *frame)
{
	static const unsigned char all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const unsigned char head[] = {0, 1, 8, 0, 6, 4, 0, 1}; /* Ethernet, IPv4, request */
	unsigned char *arp = frame + ETHERNET;

	put_ethernet(frame, all, hardware, 0x0806);
	memcpy(arp, head, sizeof(head));
	memcpy(arp + 8, hardware, 6);
	put_address(arp + 14, a);
	memset(arp + 18, 0, 6);
	put_address(arp + 24, a);
	return ETHERNET + 28;
}

/* RFC 1071, over the pseudo header of RFC 8200, 8.1: both addresses, length, protocol. */
static unsigned int checksum(const unsigned char *ip, const unsigned char *icmp)
{
	unsigned int sum = ADVERTISEMENT + 58;

	for (size_t i = 8; i < IP6; i += 2)
		sum += (unsigned int)ip[i] << 8 | ip[i + 1];
	for (size_t i = 0; i < ADVERTISEMENT; i += 2)
		sum += (unsigned int)icmp[i] << 8 | icmp[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static size_t make_advertisement(
	const unsigned char hardware[6], const struct address *a, unsigned char *frame)
{
	static const unsigned char all[6] = {0x33, 0x33, 0, 0, 0, 1};
	static const struct address nodes = {AF_INET6, (address_number)0xff02 << 112 | 1};
	unsigned char *ip = frame + ETHERNET, *icmp = ip + IP6;
	unsigned int sum;

	memset(frame, 0, ANNOUNCEMENT_MAX);
	put_ethernet(frame, all, hardware, 0x86dd);
	ip[0] = 0x60;
	ip[5] = ADVERTISEMENT;
	ip[6] = 58; /* ICMPv6 */
	ip[7] = 255; /* hops: it has passed no router */
	put_address(ip + 8, a);
	put_address(ip + 24, &nodes);
	icmp[0] = 136;
	icmp[4] = 0x20; /* it overrides what is remembered */
	put_address(icmp + 8, a);
	icmp[24] = 2; /* the target's hardware address */
	icmp[25] = 1;
	memcpy(icmp + 26, hardware, 6);
	sum = checksum(ip, icmp);
	icmp[2] = (unsigned char)(sum >> 8);
	icmp[3] = (unsigned char)sum;
	return ETHERNET + IP6 + ADVERTISEMENT;
}

size_t announcement_make(const unsigned char hardware[6], const struct address *a,
	unsigned char frame[ANNOUNCEMENT_MAX])
{
	return a->family == AF_INET ? make_arp(hardware, a, frame)
				    : make_advertisement(hardware, a, frame);
}
