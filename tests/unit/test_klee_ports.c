/* SPDX-License-Identifier: BSD-2-Clause */
/* -p [PLACE:]HOST[:CONTAINER][/tcp|udp] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "klee/ports.h"

static void expect(const char *text, const char *interface, const char *host, const char *container,
	const char *protocol)
{
	struct error err;
	json_t *port = port_parse(text, &err), *interfaces;

	if (port == NULL)
		fail_msg("%s: %s", text, err.message);
	interfaces = json_object_get(port, "interfaces");
	assert_int_equal(json_array_size(interfaces), interface != NULL);
	if (interface != NULL)
		assert_string_equal(json_string_value(json_array_get(interfaces, 0)), interface);
	assert_string_equal(klee_string(port, "host_port"), host);
	assert_string_equal(klee_string(port, "container_port"), container);
	assert_string_equal(klee_string(port, "protocol"), protocol);
	json_decref(port);
}

static void expect_error(const char *text, const char *part)
{
	struct error err;

	assert_null(port_parse(text, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	if (strstr(err.message, part) == NULL || strchr(err.message, '\n') != NULL ||
		strncmp(err.message, "--publish: ", 11) != 0)
		fail_msg("%s: no '%s' in '%s'", text, part, err.message);
}

static void test_single(void **state)
{
	expect("80:80", NULL, "80", "80", "tcp");
	expect("65535:65535", NULL, "65535", "65535", "tcp");
	expect("8080:80", NULL, "8080", "80", "tcp");
	expect("8080:80/tcp", NULL, "8080", "80", "tcp");
	expect("5300:53/udp", NULL, "5300", "53", "udp");
	expect("5300:53/UDP", NULL, "5300", "53", "udp");
}

/* Any free port of the host's. */
static void test_open(void **state)
{
	expect("80", NULL, "0", "80", "tcp");
	expect("53/udp", NULL, "0", "53", "udp");
	expect("0:80", NULL, "0", "80", "tcp");
	expect("eth0::80", "eth0", "0", "80", "tcp");
	expect("127.0.0.1::80", "127.0.0.1", "0", "80", "tcp");
	expect("127.0.0.1:0:80/udp", "127.0.0.1", "0", "80", "udp");
	expect("[::1]::80", "::1", "0", "80", "tcp");
}

static void test_address(void **state)
{
	expect("127.0.0.1:8080:80", "127.0.0.1", "8080", "80", "tcp");
	expect("0.0.0.0:53:53/udp", "0.0.0.0", "53", "53", "udp");
	expect("192.0.2.1:80", "192.0.2.1", "80", "80", "tcp");
	expect("[2001:db8::1]:8080:80", "2001:db8::1", "8080", "80", "tcp");
	expect("[::]:8080:80/udp", "::", "8080", "80", "udp");
	expect("[::1]:80", "::1", "80", "80", "tcp");
	expect("127.0.0.1:9000:9003:90:*", "127.0.0.1", "9000:9003", "90:*", "tcp");
	expect("[::1]:9000-9003:90-93", "::1", "9000:9003", "90:*", "tcp");
}

static void test_interface(void **state)
{
	expect("eth0:80", "eth0", "80", "80", "tcp");
	expect("eth0:8080:80", "eth0", "8080", "80", "tcp");
	expect("em0.100:8080:80/udp", "em0.100", "8080", "80", "udp");
	expect("eth0:9000:9003:90:*", "eth0", "9000:9003", "90:*", "tcp");
}

static void test_range(void **state)
{
	expect("9000:9003:9000:*", NULL, "9000:9003", "9000:*", "tcp");
	expect("9000:9003:9000", NULL, "9000:9003", "9000:*", "tcp");
	expect("9000:9003:90:93/udp", NULL, "9000:9003", "90:*", "udp");
	expect("9000:90:*", NULL, "9000", "90:*", "tcp");
	expect("9000:9000:80:80", NULL, "9000:9000", "80:*", "tcp");
	expect("9000-9003:90-93", NULL, "9000:9003", "90:*", "tcp");
	expect("eth0:9000-9003:9000-9003/udp", "eth0", "9000:9003", "9000:*", "udp");
}

static void test_bad(void **state)
{
	expect_error("", "1 to 65535");
	expect_error("0", "1 to 65535");
	expect_error("080", "1 to 65535");
	expect_error("65536", "1 to 65535");
	expect_error("4294967297", "1 to 65535");
	expect_error("-1", "1 to 65535");
	expect_error("8080:", "1 to 65535");
	expect_error("8080:http", "1 to 65535");
	expect_error("80 ", "1 to 65535");
	expect_error("eth0", "1 to 65535");
	expect_error("eth0:", "1 to 65535");
	expect_error(":80", "expected [PLACE:]HOST");
	expect_error("eth0:*", "expected [PLACE:]HOST");
	expect_error("*", "expected [PLACE:]HOST");
	expect_error("80:*", "expected [PLACE:]HOST");
	expect_error("1:2:3:4:5", "expected [PLACE:]HOST");
	expect_error("1:2:3:4:*", "expected [PLACE:]HOST");
	expect_error("1:2:*:3", "expected [PLACE:]HOST");
	expect_error("80/", "'tcp' or 'udp'");
	expect_error("80/sctp", "'tcp' or 'udp'");
	expect_error("80/tcp/udp", "1 to 65535");
	expect_error("9003:9000:80:*", "backwards");
	expect_error("9000:9003:90:92", "length");
	expect_error("9000:9003:93:90", "length");
	expect_error("9000-9003", "needs one of the host's");
	expect_error("eth0:9000-9003", "needs one of the host's");
	expect_error("0:90-93", "needs one of the host's");
	expect_error("0:80:90", "expected [PLACE:]HOST");
	expect_error("9000-9003:80", "length");
	expect_error("80:90-93", "length");
	expect_error("9000-9003:90-92", "length");
	expect_error("9003-9000:90-93", "backwards");
	expect_error("9000-9003:90:*", "expected [PLACE:]HOST");
	expect_error("9000-:90-93", "1 to 65535");
	expect_error("::80", "expected [PLACE:]HOST");
	expect_error("eth0::", "1 to 65535");
	expect_error("300.0.0.1:80:80", "no address");
	expect_error("127.0.0.1", "1 to 65535");
	expect_error("127.0.0.1:", "1 to 65535");
	expect_error("127.0.0.1::", "1 to 65535");
	expect_error("[::1]", "[ADDRESS]:");
	expect_error("[::1:80:80", "[ADDRESS]:");
	expect_error("[]:80:80", "brackets");
	expect_error("[127.0.0.1]:80:80", "brackets");
	expect_error("::1:8080:80", "in brackets");
	expect_error("2001:db8::1:8080:80", "in brackets");
	expect_error("\xff:80", "UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_interface),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
