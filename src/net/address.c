/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

const int family_of[FAMILIES] = {AF_INET, AF_INET6};
const char *const family_name[FAMILIES] = {"IPv4", "IPv6"};

enum family_index family_index(int family)
{
	return family == AF_INET6 ? IPV6 : IPV4;
}

static unsigned int family_bits(int family)
{
	return family == AF_INET6 ? 128 : 32;
}

/* The bits of a host's part: 0 for a subnet of one address. */
static address_number host_mask(const struct subnet *s)
{
	unsigned int bits = family_bits(s->base.family) - s->prefix;

	return bits == 128 ? ~(address_number)0 : ((address_number)1 << bits) - 1;
}

static bool read_address(const char *text, struct address *a)
{
	unsigned char bytes[16];

	a->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	a->value = 0;
	if (inet_pton(a->family, text, bytes) != 1)
		return false;
	for (unsigned int i = 0; i < family_bits(a->family) / 8; i++)
		a->value = a->value << 8 | bytes[i];
	return true;
}

static int check_family(const char *what, const char *text, int is, int expected, struct error *err)
{
	if (expected == AF_UNSPEC || is == expected)
		return 0;
	return error_set(err, ERROR_INVALID, "'%s' is an %s %s, not an %s one", text,
		family_name[family_index(is)], what, family_name[family_index(expected)]);
}

int address_parse(const char *text, int family, struct address *a, struct error *err)
{
	if (!read_address(text, a))
		return error_set(err, ERROR_INVALID, "'%s' is not an IP address", text);
	return check_family("address", text, a->family, family, err);
}

/* Reads the length behind the slash: one to three digits, no more than the family has bits. */
static bool read_prefix(const char *text, int family, unsigned int *prefix)
{
	size_t len = strlen(text);

	if (len == 0 || len > 3 || strspn(text, "0123456789") != len || (len > 1 && text[0] == '0'))
		return false;
	*prefix = 0;
	for (; *text != '\0'; text++)
		*prefix = *prefix * 10 + (unsigned int)(*text - '0');
	return *prefix <= family_bits(family);
}

int subnet_parse(const char *text, int family, struct subnet *s, struct error *err)
{
	const char *slash = strchr(text, '/');
	char address[ADDRESS_TEXT_MAX], meant[SUBNET_TEXT_MAX];

	if (slash == NULL || (size_t)(slash - text) >= sizeof(address))
		return error_set(err, ERROR_INVALID,
			"'%s' is not a subnet: expected ADDRESS/LENGTH, as in 10.20.30.0/24", text);
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (!read_address(address, &s->base))
		return error_set(err, ERROR_INVALID,
			"'%s' is not a subnet: '%s' is not an IP address", text, address);
	if (!read_prefix(slash + 1, s->base.family, &s->prefix))
		return error_set(err, ERROR_INVALID,
			"'%s' is not a subnet: '%s' is not a prefix length from 0 to %u", text,
			slash + 1, family_bits(s->base.family));
	if (check_family("subnet", text, s->base.family, family, err) != 0)
		return -1;
	if ((s->base.value & host_mask(s)) != 0) {
		s->base.value &= ~host_mask(s);
		return error_set(err, ERROR_INVALID,
			"'%s' is not a subnet: bits behind the prefix are set; it would be %s",
			text, subnet_format(s, meant));
	}
	return 0;
}

char *address_format(const struct address *a, char text[ADDRESS_TEXT_MAX])
{
	unsigned int n = family_bits(a->family) / 8;
	unsigned char bytes[16];

	text[0] = '\0';
	if (a->family == AF_UNSPEC)
		return text;
	for (unsigned int i = 0; i < n; i++)
		bytes[i] = (unsigned char)(a->value >> (8 * (n - 1 - i)));
	inet_ntop(a->family, bytes, text, ADDRESS_TEXT_MAX);
	return text;
}

char *subnet_format(const struct subnet *s, char text[SUBNET_TEXT_MAX])
{
	char address[ADDRESS_TEXT_MAX];

	text[0] = '\0';
	if (s->base.family != AF_UNSPEC)
		snprintf(text, SUBNET_TEXT_MAX, "%s/%u", address_format(&s->base, address),
			s->prefix);
	return text;
}

bool address_is_none(const struct address *a)
{
	return a->family == AF_UNSPEC;
}

bool address_is_loopback(const struct address *a)
{
	return a->family == AF_INET ? a->value >> 24 == 127 : a->value == 1;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->value == b->value;
}

struct address subnet_last(const struct subnet *s)
{
	return (struct address){s->base.family, s->base.value | host_mask(s)};
}

struct address subnet_first_usable(const struct subnet *s)
{
	return (struct address){s->base.family, s->base.value + (host_mask(s) > 1 ? 1 : 0)};
}

struct address subnet_last_usable(const struct subnet *s)
{
	struct address last = subnet_last(s);

	if (s->base.family == AF_INET && host_mask(s) > 1)
		last.value--;
	return last;
}

bool subnet_contains(const struct subnet *s, const struct address *a)
{
	return s->base.family != AF_UNSPEC && a->family == s->base.family &&
	       (a->value & ~host_mask(s)) == s->base.value;
}

enum address_role subnet_role(const struct subnet *s, const struct address *a)
{
	if (!subnet_contains(s, a))
		return ADDRESS_OUTSIDE;
	if (a->value < subnet_first_usable(s).value)
		return ADDRESS_NETWORK;
	return a->value > subnet_last_usable(s).value ? ADDRESS_BROADCAST : ADDRESS_USABLE;
}

bool subnet_overlaps(const struct subnet *s, const struct subnet *t)
{
	/* of two subnets that share an address, one contains the other */
	return subnet_contains(s, &t->base) || subnet_contains(t, &s->base);
}
