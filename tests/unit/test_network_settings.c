/* SPDX-License-Identifier: BSD-2-Clause */
/* What users ask of networks and published ports, and which driver may join which type. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "net/port.h"
#include "net/settings.h"

static json_t *json_of(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, 0, &error);

	if (value == NULL)
		fail_msg("%s: %s", text, error.text);
	return value;
}

static struct network_settings settings_of(const char *text)
{
	json_t *config = json_of(text);
	struct network_settings n;
	struct error err;

	if (network_settings_parse(config, &n, &err) != 0)
		fail_msg("%s", err.message);
	json_decref(config);
	return n;
}

static void assert_refused(const char *text, const char *message)
{
	json_t *config = json_of(text);
	struct network_settings n;
	struct error err;

	assert_int_equal(network_settings_parse(config, &n, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, message);
	json_decref(config);
}

static void assert_address(const struct address *a, const char *expected)
{
	char text[ADDRESS_TEXT_MAX];

	assert_string_equal(address_format(a, text), expected);
}

static void test_defaults(void **state)
{
	struct network_settings n = settings_of("{\"subnet\": \"10.0.0.0/24\"}");

	assert_int_equal(n.type, NETWORK_LOOPBACK);
	assert_false(n.has_driver);
	assert_true(n.icc);
	assert_false(n.internal);
	assert_true(n.nat);
	assert_string_equal(n.nat_interface, "");
	assert_string_equal(n.interface, "");
	assert_address(&n.gateway[IPV4], "");
	assert_true(address_is_none(&n.subnet[IPV6].base));
}

static void test_gateways(void **state)
{
	struct network_settings n = settings_of(
		"{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\", \"subnet6\": \"fd00::/64\","
		" \"gateway\": \"<auto>\", \"gateway6\": null}");

	assert_address(&n.gateway[IPV4], "10.0.0.1");
	assert_address(&n.gateway[IPV6], "fd00::1");
	assert_true(n.gateway_is_host[IPV4] && n.gateway_is_host[IPV6]);
	n = settings_of("{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\","
			" \"gateway\": \"10.0.0.254\", \"gateway6\": \"\"}");
	assert_address(&n.gateway[IPV4], "10.0.0.254");
	assert_false(n.gateway_is_host[IPV4]);
	assert_address(&n.gateway[IPV6], "");
	n = settings_of("{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\", \"gateway\": \"\"}");
	assert_address(&n.gateway[IPV4], "");
	assert_refused("{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\","
		       " \"gateway\": \"10.0.1.1\"}",
		"gateway: '10.0.1.1' is not an address of a host in 10.0.0.0/24");
	assert_refused("{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\","
		       " \"gateway\": \"10.0.0.255\"}",
		"gateway: '10.0.0.255' is not an address of a host in 10.0.0.0/24");
	assert_refused("{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\","
		       " \"gateway\": \"fd00::1\"}",
		"gateway: 'fd00::1' is an IPv6 address, not an IPv4 one");
	assert_refused("{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\","
		       " \"gateway6\": \"fd00::1\"}",
		"gateway6: 'fd00::1' is given, but no subnet6");
	assert_refused("{\"subnet\": \"10.0.0.0/24\", \"gateway\": \"10.0.0.1\"}",
		"gateway: networks of type 'loopback' have no gateway, only those of type "
		"'bridge'");
}

static void test_subnets(void **state)
{
	struct network_settings n = settings_of("{\"subnet6\": \"fd00::/64\", \"subnet\": \"\"}");

	assert_true(address_is_none(&n.subnet[IPV4].base));
	assert_int_equal(n.subnet[IPV6].prefix, 64);
	assert_refused("{}", "a network needs a subnet: give subnet, subnet6 or both");
	assert_refused("{\"subnet\": \"10.0.0.1/24\"}",
		"subnet: '10.0.0.1/24' is not a subnet: bits behind the prefix are set; it would "
		"be 10.0.0.0/24");
	assert_refused("{\"subnet6\": \"10.0.0.0/24\"}",
		"subnet6: '10.0.0.0/24' is an IPv4 subnet, not an IPv6 one");
	assert_refused("{\"subnet\": \"127.1.0.0/16\"}",
		"subnet: 127.1.0.0/16 cannot be used by a network: 127.0.0.0/8 is for loopback");
	assert_refused("{\"subnet\": \"239.0.0.0/8\"}",
		"subnet: 239.0.0.0/8 cannot be used by a network: 224.0.0.0/3 is for multicast, "
		"or reserved");
	assert_refused("{\"subnet6\": \"fe80::/64\"}",
		"subnet6: fe80::/64 cannot be used by a network: fe80::/10 is for links");
	assert_refused("{\"subnet6\": \"ff02::/64\"}",
		"subnet6: ff02::/64 cannot be used by a network: ff00::/8 is for multicast");
}

static void test_driver_and_type(void **state)
{
	struct network_settings n =
		settings_of("{\"driver\": \"vnet\", \"subnet\": \"10.0.0.0/24\"}");

	assert_int_equal(n.type, NETWORK_BRIDGE);
	assert_int_equal(n.driver, DRIVER_VNET);
	assert_true(n.has_driver);
	n = settings_of("{\"driver\": \"ipnet\", \"type\": null, \"subnet\": \"10.0.0.0/24\"}");
	assert_int_equal(n.type, NETWORK_LOOPBACK);
	n = settings_of("{\"driver\": \"ipnet\", \"type\": \"bridge\","
			" \"subnet\": \"10.0.0.0/24\"}");
	assert_int_equal(n.type, NETWORK_BRIDGE);
	assert_int_equal(n.driver, DRIVER_IPNET);
	assert_refused("{\"driver\": \"vnet\", \"type\": \"loopback\","
		       " \"subnet\": \"10.0.0.0/24\"}",
		"driver and type do not agree: containers with the 'vnet' network driver cannot "
		"be connected to networks of type 'loopback'");
	assert_refused("{\"driver\": \"host\", \"subnet\": \"10.0.0.0/24\"}",
		"a network cannot have the driver 'host': expected ipnet or vnet");
	assert_refused("{\"driver\": \"macvlan\", \"subnet\": \"10.0.0.0/24\"}",
		"unknown network driver 'macvlan': there are ipnet, vnet, host, disabled");
	assert_refused("{\"type\": \"overlay\", \"subnet\": \"10.0.0.0/24\"}",
		"unknown network type 'overlay': there are loopback, bridge, custom");
}

static void test_interfaces(void **state)
{
	struct network_settings n = settings_of(
		"{\"type\": \"custom\", \"subnet\": \"10.0.0.0/24\", \"interface\": \"eth1.5\","
		" \"nat\": \"wg0\", \"icc\": false, \"internal\": true}");

	assert_string_equal(n.interface, "eth1.5");
	assert_true(n.nat && !n.icc && n.internal);
	assert_string_equal(n.nat_interface, "wg0");
	n = settings_of("{\"subnet\": \"10.0.0.0/24\", \"nat\": \"\"}");
	assert_false(n.nat);
	assert_refused("{\"type\": \"custom\", \"subnet\": \"10.0.0.0/24\"}",
		"interface: a network of type 'custom' needs the name of an interface");
	n = settings_of(
		"{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/24\", \"interface\": \"br5\"}");
	assert_string_equal(n.interface, "br5");
	assert_refused("{\"subnet\": \"10.0.0.0/24\", \"nat\": \"eth0\\\" accept\"}",
		"nat: 'eth0\" accept' is not the name of an interface");
}

static void test_interface_names(void **state)
{
	static const char *const good[] = {
		"lo", "eth0", "kleene12", "eth0.100", "wlp3s0", "br-a1b2c3", "x23456789012345"};
	static const char *const bad[] = {"", ".", "..", "eth*", "a b", "eth0\n", "eth0;", "$if",
		"x234567890123456", "-n", "a/b", "a\"b", "{a}", "(self)", "<t>", "é"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(interface_name_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(interface_name_valid(bad[i]));
}

static void assert_join(
	enum network_driver driver, enum network_type type, bool running, const char *message)
{
	struct error err = {0};

	if (message == NULL) {
		assert_int_equal(driver_check_join(driver, type, running, &err), 0);
		return;
	}
	assert_int_equal(driver_check_join(driver, type, running, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_string_equal(err.message, message);
}

static void test_joining(void **state)
{
	static const char vnet_loopback[] = "containers with the 'vnet' network driver cannot be "
					    "connected to networks of type 'loopback'";
	struct error err;

	for (int type = 0; type < NETWORK_TYPES; type++) {
		assert_join(DRIVER_IPNET, (enum network_type)type, false, NULL);
		assert_join(DRIVER_IPNET, (enum network_type)type, true, NULL);
	}
	assert_join(DRIVER_VNET, NETWORK_BRIDGE, false, NULL);
	assert_join(DRIVER_VNET, NETWORK_BRIDGE, true,
		"cannot connect a running vnet container to a network");
	assert_join(DRIVER_VNET, NETWORK_LOOPBACK, false, vnet_loopback);
	assert_join(DRIVER_VNET, NETWORK_LOOPBACK, true, vnet_loopback);
	assert_join(DRIVER_VNET, NETWORK_CUSTOM, false,
		"containers with the 'vnet' network driver cannot be connected to networks of "
		"type 'custom'");
	assert_join(DRIVER_HOST, NETWORK_BRIDGE, false,
		"containers with the 'host' network driver cannot be connected to networks, nor to "
		"this one of type 'bridge'");
	assert_join(DRIVER_DISABLED, NETWORK_LOOPBACK, true,
		"containers with the 'disabled' network driver cannot be connected to networks, "
		"nor to this one of type 'loopback'");
	assert_int_equal(driver_check_publish(DRIVER_IPNET, &err), 0);
	assert_int_equal(driver_check_publish(DRIVER_VNET, &err), 0);
	assert_int_equal(driver_check_publish(DRIVER_HOST, &err), -1);
	assert_non_null(strstr(err.message, "'host'"));
	assert_int_equal(driver_check_publish(DRIVER_DISABLED, &err), -1);
}

/* ---- published ports ---- */

#define CONTAINER "cccccccccccc"

static void assert_port(const struct published_port *p, const char *place, enum protocol protocol,
	unsigned int low, unsigned int high, unsigned int target)
{
	assert_string_equal(p->container_id, CONTAINER);
	assert_string_equal(p->place, place);
	assert_int_equal(p->protocol, protocol);
	assert_int_equal(p->low, low);
	assert_int_equal(p->high, high);
	assert_int_equal(p->target, target);
}

static int parse_port(const char *text, const char *gateway, struct published_port **list,
	size_t *n, struct error *err)
{
	json_t *config = json_of(text);
	int result = published_port_parse(config, CONTAINER, gateway, list, n, err);

	json_decref(config);
	return result;
}

static void test_ports(void **state)
{
	AUTO_FREE struct published_port *list = NULL;
	struct error err;
	size_t n = 0;

	assert_int_equal(parse_port("{\"host_port\": \"8080\", \"container_port\": \"80\"}", "eth0",
				 &list, &n, &err),
		0);
	assert_int_equal(
		parse_port("{\"interfaces\": [\"eth1\", \"wg0\"], \"protocol\": \"udp\","
			   " \"host_port\": \"8000:8010\", \"container_port\": \"9000:*\"}",
			NULL, &list, &n, &err),
		0);
	assert_int_equal(parse_port("{\"interfaces\": [], \"protocol\": \"tcp\","
				    " \"host_port\": \"1:65535\", \"container_port\": \"1:*\"}",
				 "eth0", &list, &n, &err),
		0);
	/* where nothing is named, it is the gateway's interface and localhost */
	assert_int_equal(n, 8);
	assert_port(&list[0], "eth0", PROTOCOL_TCP, 8080, 8080, 80);
	assert_port(&list[1], "127.0.0.1", PROTOCOL_TCP, 8080, 8080, 80);
	assert_port(&list[2], "::1", PROTOCOL_TCP, 8080, 8080, 80);
	assert_port(&list[3], "eth1", PROTOCOL_UDP, 8000, 8010, 9000);
	assert_port(&list[4], "wg0", PROTOCOL_UDP, 8000, 8010, 9000);
	assert_port(&list[5], "eth0", PROTOCOL_TCP, 1, 65535, 1);
	assert_true(address_is_none(&list[0].address));
	assert_int_equal(list[1].address.family, AF_INET);
	assert_false(list[0].open);
}

static void test_addresses_of_ports(void **state)
{
	AUTO_FREE struct published_port *list = NULL;
	struct error err;
	size_t n = 0;

	assert_int_equal(parse_port("{\"interfaces\": [\"192.0.2.1\", \"0.0.0.0\","
				    " \"2001:DB8:0::1\", \"::\", \"eth0\"],"
				    " \"host_port\": \"80\", \"container_port\": \"80\"}",
				 NULL, &list, &n, &err),
		0);
	assert_int_equal(n, 5);
	assert_port(&list[0], "192.0.2.1", PROTOCOL_TCP, 80, 80, 80);
	assert_port(&list[1], "0.0.0.0", PROTOCOL_TCP, 80, 80, 80);
	assert_port(&list[2], "2001:db8::1", PROTOCOL_TCP, 80, 80, 80);
	assert_port(&list[3], "::", PROTOCOL_TCP, 80, 80, 80);
	assert_true(published_port_has_family(&list[0], IPV4));
	assert_false(published_port_has_family(&list[0], IPV6));
	assert_false(published_port_has_family(&list[3], IPV4));
	assert_true(published_port_has_family(&list[4], IPV4));
	assert_true(published_port_has_family(&list[4], IPV6));
}

/* Which is chosen when the container starts. */
static void test_open_port(void **state)
{
	AUTO_FREE struct published_port *list = NULL;
	struct error err;
	size_t n = 0;

	assert_int_equal(parse_port("{\"interfaces\": [\"eth0\"], \"host_port\": \"0\","
				    " \"container_port\": \"80\"}",
				 NULL, &list, &n, &err),
		0);
	assert_int_equal(n, 1);
	assert_port(&list[0], "eth0", PROTOCOL_TCP, 0, 0, 80);
	assert_true(list[0].open);
}

static void test_bad_ports(void **state)
{
	static const struct {
		const char *host, *container, *message;
	} cases[] = {
		{"00", "80",
			"bad host port '00': expected N, N:M or 0, with ports from 1 to 65535"},
		{"", "80", "bad host port '': expected N, N:M or 0, with ports from 1 to 65535"},
		{"65536", "80",
			"bad host port '65536': expected N, N:M or 0, with ports from 1 to 65535"},
		{"80:", "80",
			"bad host port '80:': expected N, N:M or 0, with ports from 1 to 65535"},
		{"80:*", "80",
			"bad host port '80:*': expected N, N:M or 0, with ports from 1 to 65535"},
		{"-1", "80",
			"bad host port '-1': expected N, N:M or 0, with ports from 1 to 65535"},
		{"90:80", "1:*", "bad host port '90:80': the range is backwards"},
		{"80", "x",
			"bad container port 'x': expected N or N:*, with ports from 1 to 65535"},
		{"80:90", "80:90",
			"bad container port '80:90': expected N or N:*, with ports from 1 to "
			"65535"},
		{"80:90", "80",
			"bad container port '80': a range of the host's ports needs a range, "
			"'80:*'"},
		{"80:90", "65530:*",
			"bad container port '65530:*': 11 ports from there on are more than there "
			"are"},
	};
	AUTO_FREE struct published_port *list = NULL;
	struct error err;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *text =
			xasprintf("{\"host_port\": \"%s\", \"container_port\": \"%s\"}",
				cases[i].host, cases[i].container);

		assert_int_equal(parse_port(text, "eth0", &list, &n, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_string_equal(err.message, cases[i].message);
	}
	assert_int_equal(parse_port("{\"host_port\": \"80\", \"container_port\": \"80\"}", NULL,
				 &list, &n, &err),
		-1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_string_equal(err.message,
		"cannot publish port 80: the host has no gateway interface; name one, or an "
		"address");
	assert_int_equal(parse_port("{\"host_port\": \"0\", \"container_port\": \"65535\"}", NULL,
				 &list, &n, &err),
		-1);
	assert_string_equal(err.message,
		"cannot publish port 65535 of the container: the host has no gateway interface; "
		"name one, or an address");
	assert_int_equal(parse_port("{\"interfaces\": [\"a b\"], \"host_port\": \"80\","
				    " \"container_port\": \"80\"}",
				 NULL, &list, &n, &err),
		-1);
	assert_string_equal(err.message,
		"cannot publish port 80: 'a b' is neither an address nor the name of an interface");
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_gateways),
		cmocka_unit_test(test_subnets),
		cmocka_unit_test(test_driver_and_type),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_interface_names),
		cmocka_unit_test(test_joining),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_addresses_of_ports),
		cmocka_unit_test(test_open_port),
		cmocka_unit_test(test_bad_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
