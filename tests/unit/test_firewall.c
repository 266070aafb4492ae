/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firewall's rulesets against those that are stored beside this file, for each model
 * there: MODEL.json, MODEL.nft and MODEL.pf. Whether kernels take them and do what is meant,
 * other tests see (tests/firewall). After a wanted change, firewall_render makes them anew.
 *
 *   test_firewall DIRECTORY TEMPLATE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firewall_json.h"
#include "read_text.h"

static const char *directory, *template_path;
/* In the last of them some have no interfaces of their own, as ipnet ones on FreeBSD. */
static const char *const models[] = {
	"everything", "nothing", "foreign-router", "places", "addresses"};
#define NFT_MODELS 4

static struct firewall_file model(const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s.json", directory, name);

	return firewall_read(path);
}

static void assert_stored(const char *name, const char *kind, const struct buffer *got)
{
	AUTO_FREE char *path = xasprintf("%s/%s.%s", directory, name, kind);
	AUTO_FREE char *expected = read_text(path);

	assert_string_equal(got->data, expected);
}

static void test_nft(void **state)
{
	for (size_t i = 0; i < NFT_MODELS; i++) {
		struct firewall_file f = model(models[i]);
		struct buffer out = {0};
		struct error err;

		assert_int_equal(firewall_nft_all(&f.fw, &out, &err), 0);
		assert_stored(models[i], "nft", &out);
		buffer_free(&out);
		firewall_file_free(&f);
	}
}

static void test_pf(void **state)
{
	AUTO_FREE char *template = read_text(template_path);

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		struct firewall_file f = model(models[i]);
		struct buffer out = {0};
		struct error err;

		assert_int_equal(firewall_pf_render(&f.fw, template, &out, &err), 0);
		assert_stored(models[i], "pf", &out);
		buffer_free(&out);
		firewall_file_free(&f);
	}
}

/* One container more, and its port. */
static void test_nft_change(void **state)
{
	struct firewall_file f = model("everything");
	struct firewall before = f.fw;
	struct buffer out = {0};

	/* the second container of the first network */
	before.endpoints = &f.fw.endpoints[2];
	before.nendpoints -= 2;
	firewall_nft_change(&before, &f.fw, &out);
	assert_string_equal(out.data,
		"add element bridge kleene port { \"port1\", \"port2\" }\n"
		"add element bridge kleene station { \"port1\" . 02:00:00:00:00:01, \"port2\" . "
		"02:00:00:00:00:02 }\n"
		"add element bridge kleene target { \"port1\" . "
		"0xfd000001000000000000000000000002, \"port1\" . "
		"0xfe80000000000000000000fffe000001 }\n"
		"add element inet kleene endpoint4 { \"kleene0\" . 10.1.0.2, \"kleene0\" . "
		"10.1.0.3 }\n"
		"add element inet kleene endpoint6 { \"kleene0\" . fd00:1::2 }\n"
		"add element bridge kleene sender4 { \"port1\" . 10.1.0.2, \"port2\" . 10.1.0.3 "
		"}\n"
		"add element bridge kleene sender6 { \"port1\" . fd00:1::2, \"port1\" . "
		"fe80::ff:fe00:1 }\n"
		"add element inet kleene routed4 { 10.1.0.2, 10.1.0.3 }\n"
		"add element inet kleene routed6 { fd00:1::2 }\n"
		"add element inet kleene container4 { 10.1.0.2, 10.1.0.3 }\n"
		"add element inet kleene container6 { fd00:1::2 }\n"
		"add element inet kleene nat4 { 10.1.0.2 . \"em0\", 10.1.0.3 . \"em0\" }\n"
		"add element inet kleene nat6 { fd00:1::2 . \"em0\" }\n"
		"add element inet kleene publish4 { 192.0.2.1 . tcp . 8080 : 10.1.0.2 . 80 }\n"
		"add element inet kleene publish6 { 2001:db8::1 . tcp . 8080 : fd00:1::2 . 80 }\n");
	buffer_free(&out);
	/* a value that changes is taken away by its key first */
	struct published_port other = f.fw.ports[0];

	other.target = 81;
	before = f.fw;
	before.ports = &f.fw.ports[0];
	before.nports = 1;
	struct firewall after = before;

	after.ports = &other;
	firewall_nft_change(&before, &after, &out);
	assert_string_equal(out.data,
		"delete element inet kleene publish4 { 192.0.2.1 . tcp . 8080 }\n"
		"delete element inet kleene publish6 { 2001:db8::1 . tcp . 8080 }\n"
		"add element inet kleene publish4 { 192.0.2.1 . tcp . 8080 : 10.1.0.2 . 81 }\n"
		"add element inet kleene publish6 { 2001:db8::1 . tcp . 8080 : fd00:1::2 . 81 }\n");
	buffer_free(&out);
	firewall_nft_change(&after, &after, &out);
	assert_int_equal(out.len, 0);
	firewall_file_free(&f);
}

static void test_target(void **state)
{
	struct firewall_file f = model("everything");

	/* the internal network's endpoint does not count */
	assert_ptr_equal(firewall_target(&f.fw, "cccccccccc01", IPV4), &f.fw.endpoints[0]);
	assert_ptr_equal(firewall_target(&f.fw, "cccccccccc01", IPV6), &f.fw.endpoints[0]);
	assert_null(firewall_target(&f.fw, "cccccccccc05", IPV4));
	assert_null(firewall_target(&f.fw, "cccccccccc06", IPV6));
	assert_null(firewall_target(&f.fw, "cccccccccc99", IPV4));
	firewall_file_free(&f);
}

static void test_instances(void **state)
{
	static const char *const bad[] = {
		"", "1kleene", "a b", "a;", "a-b", "kleene{", "a2345678901234567890123456789012"};
	struct buffer out = {0};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct firewall fw = {.instance = bad[i]};

		assert_int_equal(firewall_nft_all(&fw, &out, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_int_equal(out.len, 0);
	}
}

static void assert_template(const char *template, const char *message)
{
	struct firewall fw = {.instance = "kleene"};
	struct buffer out = {0};
	struct error err;

	assert_int_equal(firewall_pf_render(&fw, template, &out, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, message);
	buffer_free(&out);
}

static void test_bad_templates(void **state)
{
	assert_template("", "the mark <%= kleene_macros %> is missing");
	assert_template("<%= kleene_macros %>\n<%=kleene_translation%>\n",
		"the mark <%= kleene_filtering %> is missing");
	assert_template("a\n<%= kleene_translation %>\n",
		"line 2: the mark <%= kleene_translation %> is there twice or out of order: "
		"kleene_macros, kleene_translation, kleene_filtering are expected");
	assert_template("<%= kleene_macros %>\n\n<%= kleene_macros %>\n",
		"line 3: the mark <%= kleene_macros %> is there twice or out of order: "
		"kleene_macros, kleene_translation, kleene_filtering are expected");
	assert_template("<%= kleene_macro %>\n", "line 1: unknown mark '<%= kleene_macro %>'");
	assert_template("<%= %>\n", "line 1: unknown mark '<%= %>'");
	assert_template("\n<%= kleene_macros\n", "line 2: a mark without its end '%>'");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nft),
		cmocka_unit_test(test_pf),
		cmocka_unit_test(test_nft_change),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_bad_templates),
	};

	if (argc != 3)
		return 2;
	directory = argv[1];
	template_path = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
