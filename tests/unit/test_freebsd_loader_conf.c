/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and extending the text of loader.conf(5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/freebsd/loader_conf.h"

#define NAME "kern.racct.enable"

static void settings(void **state)
{
	assert_true(loader_conf_has(NAME "=1", NAME, "1"));
	assert_true(loader_conf_has("a=\"2\"\n" NAME "=\"1\"\nb=3\n", NAME, "1"));
	assert_true(loader_conf_has(" \t" NAME " = 1 # on\n", NAME, "1"));
	assert_true(loader_conf_has(NAME "=\"1\" # on\n", NAME, "1"));
	assert_true(loader_conf_has(NAME "=0\n" NAME "=1\n", NAME, "1"));

	assert_false(loader_conf_has("", NAME, "1"));
	assert_false(loader_conf_has(NAME, NAME, "1"));
	assert_false(loader_conf_has(NAME "\n=1", NAME, "1"));
	assert_false(loader_conf_has(NAME "=", NAME, "1"));
	assert_false(loader_conf_has(NAME "=\n1", NAME, "1"));
	assert_false(loader_conf_has(NAME "=\"", NAME, "1"));
	assert_false(loader_conf_has(NAME "=10", NAME, "1"));
	assert_false(loader_conf_has(NAME "=\"10\"", NAME, "1"));
	assert_false(loader_conf_has("#" NAME "=1", NAME, "1"));
	assert_false(loader_conf_has("x" NAME "=1", NAME, "1"));
	assert_false(loader_conf_has(NAME "d=1", NAME, "1"));
	/* the last one counts */
	assert_false(loader_conf_has(NAME "=1\n" NAME "=\"0\"\n", NAME, "1"));
}

static void added(const char *before, const char *after)
{
	AUTO(buffer_free) struct buffer text = {0};

	buffer_puts(&text, before);
	loader_conf_add(&text, NAME, "1");
	assert_string_equal(text.data, after);
	assert_true(loader_conf_has(text.data, NAME, "1"));
}

static void additions(void **state)
{
	added("", NAME "=\"1\"\n");
	added("a=2\n", "a=2\n" NAME "=\"1\"\n");
	added("a=2", "a=2\n" NAME "=\"1\"\n");
	added(NAME "=0\n", NAME "=0\n" NAME "=\"1\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(additions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
