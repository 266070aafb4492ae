/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean …?" */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/suggest.h"

static const char *const words[] = {"container", "image", "network", "volume", "run", "rmc", "rmi",
	"FreeBSD", "freebsd", "FreeBSD-13.2-RELEASE", "a", "web", "--interactive"};

static const char *meant(const char *written)
{
	AUTO(strings_free) struct strings names = {0};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		strings_add(&names, words[i]);
	i = suggest(written, &names);
	return i == SUGGEST_NONE ? NULL : words[i];
}

static void test_near(void **state)
{
	assert_string_equal(meant("contaner"), "container");
	assert_string_equal(meant("conatiner"), "container");
	assert_string_equal(meant("containers"), "container");
	assert_string_equal(meant("imgae"), "image");
	assert_string_equal(meant("rnu"), "run");
	assert_string_equal(meant("rum"), "run");
	assert_string_equal(meant("wbe"), "web");
	assert_string_equal(meant("VOLUME"), "volume");
	assert_string_equal(meant("--interactiv"), "--interactive");
}

static void test_case_decides_last(void **state)
{
	assert_string_equal(meant("Freebsd"), "freebsd");
	assert_string_equal(meant("FREEBSD"), "FreeBSD");
	assert_string_equal(meant("FreeBDS"), "FreeBSD");
}

static void test_beginnings(void **state)
{
	assert_string_equal(meant("cont"), "container");
	assert_string_equal(meant("freebsd-13"), "FreeBSD-13.2-RELEASE");
	assert_null(meant("co"));
}

static void test_nothing_near(void **state)
{
	char longer[200];

	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_null(meant(""));
	assert_null(meant("b"));
	assert_null(meant("xyz"));
	assert_null(meant("completely-else"));
	assert_null(meant(longer));
}

static void test_text(void **state)
{
	AUTO(strings_free) struct strings names = {0};
	AUTO_FREE char *none = suggest_text("web", &names), *one = NULL;

	assert_string_equal(none, "");
	strings_add(&names, "web1");
	one = suggest_text("web", &names);
	assert_string_equal(one, ". Did you mean 'web1'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_case_decides_last),
		cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_nothing_near),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
