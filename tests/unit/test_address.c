/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and subnets: what is read, what is refused, and what lies where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "host/endpoint.h"
#include "net/address.h"
#include "net/announcement.h"

static struct address address_of(const char *text)
{
	struct address a;
	struct error err;

	if (address_parse(text, AF_UNSPEC, &a, &err) != 0)
		fail_msg("%s", err.message);
	return a;
}

static struct subnet subnet_of(const char *text)
{
	struct subnet s;
	struct error err;

	if (subnet_parse(text, AF_UNSPEC, &s, &err) != 0)
		fail_msg("%s", err.message);
	return s;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *written;
		int family;
	} cases[] = {
		{"0.0.0.0", "0.0.0.0", AF_INET},
		{"10.20.30.75", "10.20.30.75", AF_INET},
		{"255.255.255.255", "255.255.255.255", AF_INET},
		{"::", "::", AF_INET6},
		{"::1", "::1", AF_INET6},
		{"2001:DB8:0:0::0001", "2001:db8::1", AF_INET6},
		{"fd00:1:2:3:4:5:6:7", "fd00:1:2:3:4:5:6:7", AF_INET6},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AF_INET6},
	};
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address a = address_of(cases[i].text);

		assert_int_equal(a.family, cases[i].family);
		assert_string_equal(address_format(&a, text), cases[i].written);
	}
	assert_true(address_of("10.0.0.255").value == (10U << 24 | 255));
	assert_true(address_of("1::2").value == (((address_number)1 << 112) | 2));
}

static void test_no_addresses(void **state)
{
	static const char *const texts[] = {"", "10", "10.0.0", "10.0.0.256", "10.0.0.1.2",
		"010.0.0.1", " 10.0.0.1", "10.0.0.1 ", "10.0.0.1/24", "0x0a.0.0.1", ":",
		":::", "1:2:3:4:5:6:7:8:9", "g::", "fe80::1%eth0", "localhost", "<auto>"};
	struct address a;
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(address_parse(texts[i], AF_UNSPEC, &a, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.message, texts[i]));
	}
	assert_int_equal(address_parse("fd00::1", AF_INET, &a, &err), -1);
	assert_string_equal(err.message, "'fd00::1' is an IPv6 address, not an IPv4 one");
	assert_int_equal(address_parse("10.0.0.1", AF_INET6, &a, &err), -1);
	assert_string_equal(err.message, "'10.0.0.1' is an IPv4 address, not an IPv6 one");
	assert_int_equal(address_parse("10.0.0.1", AF_INET, &a, &err), 0);
}

static void assert_bad_subnet(const char *text, int family, const char *message)
{
	struct subnet s;
	struct error err;

	assert_int_equal(subnet_parse(text, family, &s, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, message);
}

static void test_no_subnets(void **state)
{
	assert_bad_subnet("10.0.0.5/24", AF_UNSPEC,
		"'10.0.0.5/24' is not a subnet: bits behind the prefix are set; it would be "
		"10.0.0.0/24");
	assert_bad_subnet("fd00::1:0:0/64", AF_UNSPEC,
		"'fd00::1:0:0/64' is not a subnet: bits behind the prefix are set; it would be "
		"fd00::/64");
	assert_bad_subnet("128.0.0.0/0", AF_UNSPEC,
		"'128.0.0.0/0' is not a subnet: bits behind the prefix are set; it would be "
		"0.0.0.0/0");
	assert_bad_subnet("10.0.0.0", AF_UNSPEC,
		"'10.0.0.0' is not a subnet: expected ADDRESS/LENGTH, as in 10.20.30.0/24");
	assert_bad_subnet("10.0.0/24", AF_UNSPEC,
		"'10.0.0/24' is not a subnet: '10.0.0' is not an IP address");
	assert_bad_subnet("10.0.0.0/33", AF_UNSPEC,
		"'10.0.0.0/33' is not a subnet: '33' is not a prefix length from 0 to 32");
	assert_bad_subnet("fd00::/129", AF_UNSPEC,
		"'fd00::/129' is not a subnet: '129' is not a prefix length from 0 to 128");
	assert_bad_subnet("10.0.0.0/-1", AF_UNSPEC,
		"'10.0.0.0/-1' is not a subnet: '-1' is not a prefix length from 0 to 32");
	assert_bad_subnet("10.0.0.0/", AF_UNSPEC,
		"'10.0.0.0/' is not a subnet: '' is not a prefix length from 0 to 32");
	assert_bad_subnet("10.0.0.0/024", AF_UNSPEC,
		"'10.0.0.0/024' is not a subnet: '024' is not a prefix length from 0 to 32");
	assert_bad_subnet("10.0.0.0/255.0.0.0", AF_UNSPEC,
		"'10.0.0.0/255.0.0.0' is not a subnet: '255.0.0.0' is not a prefix length from 0 "
		"to 32");
	assert_bad_subnet("fd00::/64", AF_INET, "'fd00::/64' is an IPv6 subnet, not an IPv4 one");
	assert_bad_subnet(
		"10.0.0.0/8", AF_INET6, "'10.0.0.0/8' is an IPv4 subnet, not an IPv6 one");
}

static void test_usable(void **state)
{
	static const struct {
		const char *subnet, *first, *last;
	} cases[] = {
		{"10.0.0.0/8", "10.0.0.1", "10.255.255.254"},
		{"10.20.30.0/24", "10.20.30.1", "10.20.30.254"},
		{"10.0.0.4/30", "10.0.0.5", "10.0.0.6"},
		{"10.0.0.4/31", "10.0.0.4", "10.0.0.5"},
		{"10.0.0.4/32", "10.0.0.4", "10.0.0.4"},
		{"0.0.0.0/0", "0.0.0.1", "255.255.255.254"},
		{"255.255.255.252/30", "255.255.255.253", "255.255.255.254"},
		{"fd00::/64", "fd00::1", "fd00::ffff:ffff:ffff:ffff"},
		{"fd00::/126", "fd00::1", "fd00::3"},
		{"fd00::4/127", "fd00::4", "fd00::5"},
		{"fd00::4/128", "fd00::4", "fd00::4"},
		{"::/0", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	char text[ADDRESS_TEXT_MAX], written[SUBNET_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct subnet s = subnet_of(cases[i].subnet);
		struct address first = subnet_first_usable(&s), last = subnet_last_usable(&s);

		assert_string_equal(subnet_format(&s, written), cases[i].subnet);
		assert_string_equal(address_format(&first, text), cases[i].first);
		assert_string_equal(address_format(&last, text), cases[i].last);
	}
}

static void assert_role(const char *subnet, const char *address, enum address_role role)
{
	struct subnet s = subnet_of(subnet);
	struct address a = address_of(address);

	assert_int_equal(subnet_role(&s, &a), role);
	assert_int_equal(subnet_contains(&s, &a), role != ADDRESS_OUTSIDE);
}

static void test_roles(void **state)
{
	assert_role("10.0.0.0/24", "9.255.255.255", ADDRESS_OUTSIDE);
	assert_role("10.0.0.0/24", "10.0.0.0", ADDRESS_NETWORK);
	assert_role("10.0.0.0/24", "10.0.0.1", ADDRESS_USABLE);
	assert_role("10.0.0.0/24", "10.0.0.254", ADDRESS_USABLE);
	assert_role("10.0.0.0/24", "10.0.0.255", ADDRESS_BROADCAST);
	assert_role("10.0.0.0/24", "10.0.1.0", ADDRESS_OUTSIDE);
	assert_role("10.0.0.0/24", "::10.0.0.1", ADDRESS_OUTSIDE);
	assert_role("10.0.0.4/31", "10.0.0.4", ADDRESS_USABLE);
	assert_role("10.0.0.4/31", "10.0.0.5", ADDRESS_USABLE);
	assert_role("10.0.0.4/31", "10.0.0.6", ADDRESS_OUTSIDE);
	assert_role("10.0.0.4/32", "10.0.0.4", ADDRESS_USABLE);
	assert_role("fd00::/64", "fd00::", ADDRESS_NETWORK);
	assert_role("fd00::/64", "fd00::ffff:ffff:ffff:ffff", ADDRESS_USABLE);
	assert_role("fd00::/64", "fd00:0:0:1::", ADDRESS_OUTSIDE);
	assert_role("fd00::/64", "10.0.0.1", ADDRESS_OUTSIDE);
	assert_role("fd00::/127", "fd00::", ADDRESS_USABLE);
	assert_role("::/0", "ffff::", ADDRESS_USABLE);
}

static void test_overlaps(void **state)
{
	static const struct {
		const char *one, *other;
		bool overlap;
	} cases[] = {
		{"10.0.0.0/24", "10.0.0.0/24", true},
		{"10.0.0.0/8", "10.20.30.0/24", true},
		{"10.0.0.0/24", "10.0.1.0/24", false},
		{"10.0.0.0/31", "10.0.0.2/31", false},
		{"10.0.0.255/32", "10.0.0.0/24", true},
		{"0.0.0.0/0", "10.0.0.0/24", true},
		{"0.0.0.0/0", "fd00::/64", false},
		{"::/0", "fd00::/64", true},
		{"::/32", "0.0.0.0/0", false},
		{"fd00::/64", "fd00:0:0:1::/64", false},
		{"fd00::/48", "fd00:0:0:1::/64", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct subnet s = subnet_of(cases[i].one), t = subnet_of(cases[i].other);

		assert_int_equal(subnet_overlaps(&s, &t), cases[i].overlap);
		assert_int_equal(subnet_overlaps(&t, &s), cases[i].overlap);
	}
}

static void test_none(void **state)
{
	struct subnet none = {0}, all = subnet_of("0.0.0.0/0");
	struct address a = address_of("10.0.0.1"), no_address = {0};
	char text[SUBNET_TEXT_MAX];

	assert_string_equal(subnet_format(&none, text), "");
	assert_string_equal(address_format(&no_address, text), "");
	assert_false(subnet_contains(&none, &a));
	assert_false(subnet_contains(&none, &no_address));
	assert_false(subnet_overlaps(&none, &all));
	assert_false(subnet_overlaps(&none, &none));
}

/* ---- hardware addresses ---- */

static void test_hardware_follows_network_and_address(void **state)
{
	static const struct {
		const char *network, *ip4, *ip6;
	} places[] = {
		{"0123456789ab", "10.0.0.2", NULL},
		{"0123456789ab", "10.0.0.3", NULL},
		{"0123456789ac", "10.0.0.2", NULL},
		{"0123456789ab", NULL, "fd00::2"},
		{"0123456789ab", NULL, "fd00:0:0:1::2"},
		{"0123456789ac", NULL, "fd00::2"},
	};
	unsigned char found[ARRAY_SIZE(places)][6], again[6];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct address a[FAMILIES] = {{0}};

		if (places[i].ip4 != NULL)
			a[IPV4] = address_of(places[i].ip4);
		if (places[i].ip6 != NULL)
			a[IPV6] = address_of(places[i].ip6);
		endpoint_hardware(places[i].network, a, found[i]);
		endpoint_hardware(places[i].network, a, again);
		assert_memory_equal(found[i], again, 6);
		assert_int_equal(found[i][0] & 3, 2); /* locally administered, of one station */
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(found[i], found[k], 6);
	}
}

static void test_announcements(void **state)
{
	static const unsigned char hardware[6] = {2, 1, 2, 3, 4, 5};
	static const char arp[] = "\xff\xff\xff\xff\xff\xff\2\1\2\3\4\5\x08\x06"
				  "\0\1\x08\0\6\4\0\1\2\1\2\3\4\5\x0a\0\0\2"
				  "\0\0\0\0\0\0\x0a\0\0\2";
	const struct address ip4 = address_of("10.0.0.2"), ip6 = address_of("fd00::2");
	unsigned char frame[ANNOUNCEMENT_MAX];
	unsigned int sum = 58 + 32;

	assert_int_equal(announcement_make(hardware, &ip4, frame), sizeof(arp) - 1);
	assert_memory_equal(frame, arp, sizeof(arp) - 1);
	assert_int_equal(announcement_make(hardware, &ip6, frame), ANNOUNCEMENT_MAX);
	assert_memory_equal(frame, "\x33\x33\0\0\0\1\2\1\2\3\4\5\x86\xdd\x60", 15);
	assert_memory_equal(frame + 54, "\x88\0", 2);
	assert_memory_equal(frame + 58, "\x20\0\0\0\xfd\0", 6);
	assert_memory_equal(frame + 78, "\2\1\2\1\2\3\4\5", 8);
	/* with its checksum, all adds up to ones: RFC 1071 */
	for (size_t i = 22; i < sizeof(frame); i += 2)
		sum += (unsigned int)frame[i] << 8 | frame[i + 1];
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_no_subnets),
		cmocka_unit_test(test_usable),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_hardware_follows_network_and_address),
		cmocka_unit_test(test_announcements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
