/* SPDX-License-Identifier: BSD-2-Clause */
/* What pfctl(8) prints of states, as FreeBSD 13.2 does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/freebsd/pfstate.h"

static const char states[] =
	"all tcp 192.0.2.1:22 <- 198.51.100.7:35870       ESTABLISHED:ESTABLISHED\n"
	"   [650945383 + 2600403200]  [1260702734 + 4278190336]\n"
	"   age 00:00:07, expires in 24:00:00, 26:24 pkts, 4701:4450 bytes, rule 4\n"
	"   id: 0000000000000001 creatorid: 5ba28ae4 gateway: 0.0.0.0\n"
	"   origif: em0\n"
	"all udp 10.1.0.2:5353 (192.0.2.1:53) <- 198.51.100.7:53       SINGLE:MULTIPLE\n"
	"   age 00:00:05, expires in 00:00:55, 1:1 pkts, 60:60 bytes, rule 4\n"
	"   id: 0000000000000002 creatorid: 616057f8 gateway: 0.0.0.0\n"
	"all udp 192.0.2.1:54 <- 198.51.100.7:4711       NO_TRAFFIC:SINGLE\n"
	"   id: 0000000000000003 creatorid: 5ba28ae4 gateway: 0.0.0.0\n"
	"all udp 192.0.0.8:50001 (192.0.2.1:60000) -> 192.0.2.1:53       SINGLE:NO_TRAFFIC\n"
	"   id: 0000000000000004 creatorid: 5ba28ae4 gateway: 0.0.0.0\n"
	"all udp fd00:1::2[53] (2001:db8::1[53]) <- 2001:db8::9[41875]       SINGLE:MULTIPLE\n"
	"   id: 0000000000000005 creatorid: 5ba28ae4 gateway: ::\n"
	"all udp 192.0.2.1:53 -> 198.51.100.7:4711       SINGLE:NO_TRAFFIC\n"
	"   id: 0000000000000006 creatorid: 5ba28ae4 gateway: 0.0.0.0\n";

static void assert_ids(const char *to, unsigned int low, unsigned int high, const char *expected)
{
	AUTO(strings_free) struct strings ids = {0};
	AUTO_FREE char *joined = NULL;
	struct address a;
	struct error err;

	assert_int_equal(address_parse(to, AF_UNSPEC, &a, &err), 0);
	pfstate_udp(states, &a, low, high, &ids);
	joined = strings_join(&ids, " ");
	assert_string_equal(joined, expected);
}

static void test_udp(void **state)
{
	assert_ids("192.0.2.1", 53, 53, "0000000000000002/616057f8 0000000000000004/5ba28ae4");
	assert_ids("192.0.2.1", 53, 60,
		"0000000000000002/616057f8 0000000000000003/5ba28ae4 "
		"0000000000000004/5ba28ae4");
	assert_ids("192.0.2.1", 22, 22, "");
	assert_ids("192.0.2.2", 1, 65535, "");
	assert_ids("2001:db8::1", 53, 53, "0000000000000005/5ba28ae4");
}

static void test_nonsense(void **state)
{
	AUTO(strings_free) struct strings ids = {0};
	const struct address a = {.family = AF_INET, .value = 1};

	pfstate_udp("", &a, 0, 65535, &ids);
	pfstate_udp("\n \nall\nall udp\nall udp <- \nall udp ( <- x\n   id:\nall udp : -> :", &a, 0,
		65535, &ids);
	assert_int_equal(ids.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
