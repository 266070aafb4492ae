/* SPDX-License-Identifier: BSD-2-Clause */
/* Restart policies: what is understood, and what is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "params/restart_policy.h"

static struct restart_policy parse(const char *text)
{
	struct restart_policy policy;
	struct error err = {0};

	assert_int_equal(restart_policy_parse(text, &policy, &err), 0);
	return policy;
}

static void test_parse(void **state)
{
	static const char *const bad[] = {"", "No", "alway", "on-failure:", "on-failure:0",
		"on-failure:-1", "on-failure:x", "on-failure:3x", "on-failure:99999999999",
		"on-failures", "always:3"};
	struct restart_policy policy;
	struct error err;

	assert_int_equal(parse(NULL).kind, RESTART_NO);
	assert_int_equal(parse("no").kind, RESTART_NO);
	assert_int_equal(parse("on-startup").kind, RESTART_ON_STARTUP);
	assert_int_equal(parse("always").kind, RESTART_ALWAYS);
	assert_int_equal(parse("unless-stopped").kind, RESTART_UNLESS_STOPPED);
	assert_int_equal(parse("on-failure").kind, RESTART_ON_FAILURE);
	assert_int_equal(parse("on-failure").max, 0);
	assert_int_equal(parse("on-failure:12").kind, RESTART_ON_FAILURE);
	assert_int_equal(parse("on-failure:12").max, 12);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err = (struct error){0};
		assert_int_equal(restart_policy_parse(bad[i], &policy, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.message, "on-failure[:N]"));
	}
}

static bool after_end(const char *text, bool wanted, int code, unsigned int count)
{
	const struct restart_policy policy = parse(text);
	const struct restart_state s = {.wanted = wanted, .exit_code = code, .count = count};

	return restart_after_end(&policy, &s);
}

static void test_after_end(void **state)
{
	assert_false(after_end("no", true, 1, 0));
	assert_false(after_end("on-startup", true, 1, 0));
	assert_true(after_end("always", true, 0, 1000));
	assert_true(after_end("unless-stopped", true, 0, 1000));
	assert_true(after_end("on-failure", true, 1, 1000));
	assert_false(after_end("on-failure", true, 0, 0));
	assert_true(after_end("on-failure:2", true, 137, 1));
	assert_false(after_end("on-failure:2", true, 137, 2));
	/* stopped by hand */
	assert_false(after_end("always", false, 1, 0));
	assert_false(after_end("unless-stopped", false, 1, 0));
	assert_false(after_end("on-failure", false, 1, 0));
}

static bool with_daemon(const char *text, bool wanted, int code, unsigned int count)
{
	const struct restart_policy policy = parse(text);
	const struct restart_state s = {.wanted = wanted, .exit_code = code, .count = count};

	return restart_with_daemon(&policy, &s);
}

static void test_with_daemon(void **state)
{
	assert_false(with_daemon("no", true, 1, 0));
	assert_true(with_daemon("on-startup", false, 0, 0));
	assert_true(with_daemon("always", false, 0, 0));
	assert_true(with_daemon("unless-stopped", true, 0, 0));
	assert_false(with_daemon("unless-stopped", false, 1, 0));
	assert_true(with_daemon("on-failure", true, 1, 0));
	assert_false(with_daemon("on-failure", true, 0, 0));
	assert_false(with_daemon("on-failure", false, 1, 0));
	assert_true(with_daemon("on-failure", true, 1, 1000));
	assert_true(with_daemon("on-failure:3", true, 1, 2));
	assert_false(with_daemon("on-failure:3", true, 1, 3));
}

static void test_delay(void **state)
{
	unsigned int delay = 0, total = 0;

	assert_int_equal(restart_delay(0, 0), 100);
	assert_int_equal(restart_delay(100, 0), 200);
	for (int i = 0; i < 10; i++)
		total += delay = restart_delay(delay, 9999);
	assert_int_equal(delay, 51200);
	assert_int_equal(total, 102300);
	assert_int_equal(restart_delay(delay, 9999), 60000);
	assert_int_equal(restart_delay(60000, 0), 60000);
	assert_int_equal(restart_delay(60000, 10000), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_after_end),
		cmocka_unit_test(test_with_daemon),
		cmocka_unit_test(test_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
