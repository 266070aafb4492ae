/* Jail parameters as users write them, and generated names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/id.h"
#include "kleened/jailparam.h"
#include "kleened/names.h"

#define ID "0123456789ab"

/* Parses one parameter; the caller frees. */
static int parse(const char *text, struct jail_settings *s, struct error *err)
{
	json_t *list = json_pack("[s]", text);
	int result = jail_settings_parse(list, ID, s, err);

	json_decref(list);
	return result;
}

static void test_defaults(void **state)
{
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;

	assert_int_equal(jail_settings_parse(NULL, ID, &s, &err), 0);
	assert_string_equal(s.hostname, ID);
	assert_true(s.devfs);
	assert_true(s.clean);
	assert_string_equal(s.stop, "/bin/sh /etc/rc.shutdown jail");
	assert_false(s.stop_given);
	assert_int_equal(s.stop_timeout, 10);
	assert_null(s.user);
}

static void test_later_ones_win(void **state)
{
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;
	json_t *list = json_pack("[s,s,s,s,s,s,s]", "host.hostname=first", "mount.nodevfs",
		"exec.clean=false", "exec.stop=/bin/stop a=b", "exec.jail_user=www",
		"stop.timeout=3", "host.hostname=second");

	assert_int_equal(jail_settings_parse(list, ID, &s, &err), 0);
	assert_string_equal(s.hostname, "second");
	assert_false(s.devfs);
	assert_false(s.clean);
	assert_string_equal(s.stop, "/bin/stop a=b");
	assert_true(s.stop_given);
	assert_string_equal(s.user, "www");
	assert_int_equal(s.stop_timeout, 3);
	json_decref(list);
}

static void test_booleans(void **state)
{
	static const struct {
		const char *text;
		bool devfs;
	} cases[] = {{"mount.devfs", true}, {"mount.devfs=true", true}, {"mount.devfs=1", true},
		{"mount.devfs=false", false}, {"mount.devfs=0", false}, {"mount.nodevfs", false}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(jail_settings_free) struct jail_settings s;
		struct error err;

		assert_int_equal(parse(cases[i].text, &s, &err), 0);
		assert_int_equal(s.devfs, cases[i].devfs);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *names;
	} cases[] = {{"no.such.parameter", "no.such.parameter"}, {"", "''"}, {"=x", "''"},
		{"mount.devfs=maybe", "mount.devfs=maybe"}, {"mount.nodevfs=1", "mount.nodevfs"},
		{"host.hostname", "host.hostname"}, {"host.nohostname", "host.nohostname"},
		{"stop.timeout=", "stop.timeout"}, {"stop.timeout=-1", "stop.timeout=-1"},
		{"stop.timeout=1s", "stop.timeout=1s"}, {"stop.timeout=86401", "86401"},
		{"stop.timeout=99999999999999999999", "stop.timeout"},
		{"host.hostname="
		 "1234567890123456789012345678901234567890123456789012345678901234",
			"host.hostname"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct jail_settings s;
		struct error err;

		assert_int_equal(parse(cases[i].text, &s, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		if (strstr(err.message, cases[i].names) == NULL)
			fail_msg("'%s' does not name %s", err.message, cases[i].names);
	}
}

static void test_names(void **state)
{
	for (unsigned int attempt = 0; attempt < 200; attempt++) {
		AUTO_FREE char *name = name_generate(attempt);

		assert_true(name_valid(name));
		assert_non_null(strchr(name, '_'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_later_ones_win),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
