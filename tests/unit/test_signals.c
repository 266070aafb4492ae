/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals by their names. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/signals.h"

static int number_of(const char *text)
{
	struct error err;
	int n = signal_parse(text, &err);

	if (n < 0)
		assert_non_null(strstr(err.message, "there is no signal"));
	return n;
}

static void test_names(void **state)
{
	assert_int_equal(number_of("TERM"), SIGTERM);
	assert_int_equal(number_of("SIGTERM"), SIGTERM);
	assert_int_equal(number_of("sigusr1"), SIGUSR1);
	assert_int_equal(number_of("hup"), SIGHUP);
	assert_int_equal(number_of("9"), 9);
	assert_int_equal(number_of("SIGRTMIN"), SIGRTMIN);
	assert_int_equal(number_of("RTMIN+3"), SIGRTMIN + 3);
	assert_int_equal(number_of("SIGRTMAX-1"), SIGRTMAX - 1);
}

static void test_refused(void **state)
{
	static const char *const wrong[] = {"", "SIG", "BOOM", "0", "-1", "+9", " 9", "9 ", "1000",
		"RTMIN-1", "RTMIN+", "RTMIN+1000", "RTMAX+1", "RTMINX", "99999999999999999999"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(number_of(wrong[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
