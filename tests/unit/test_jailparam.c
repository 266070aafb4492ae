/* SPDX-License-Identifier: BSD-2-Clause */
/* Jail parameters as users write them, and generated names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/id.h"
#include "params/jailparam.h"
#include "params/jailparam_table.h"
#include "params/names.h"

#define ID "0123456789ab"

/* Parses parameters separated by newlines; the caller frees. */
static int parse_for(
	enum host_system system, const char *text, struct jail_settings *s, struct error *err)
{
	json_t *list = json_array();
	int result;

	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		json_array_append_new(list, json_stringn(text, len));
	}
	result = jail_settings_parse_for(system, list, ID, s, err);
	json_decref(list);
	return result;
}

/* Parses one parameter; the caller frees. */
static int parse(const char *text, struct jail_settings *s, struct error *err)
{
	json_t *list = json_pack("[s]", text);
	int result = jail_settings_parse(list, ID, s, err);

	json_decref(list);
	return result;
}

static void has(const struct strings *list, const char *const expected[])
{
	size_t n = 0;

	for (; expected[n] != NULL; n++) {
		assert_true(n < list->n);
		assert_string_equal(list->v[n], expected[n]);
	}
	assert_int_equal(list->n, n);
}
#define HAS(list, ...) has(&(list), (const char *const[]){__VA_ARGS__, NULL})

static void test_defaults(void **state)
{
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;

	assert_int_equal(jail_settings_parse(NULL, ID, &s, &err), 0);
	assert_string_equal(s.hostname, ID);
	assert_true(s.devfs);
	assert_true(s.clean);
	assert_int_equal(s.stop.n, 1);
	assert_string_equal(s.stop.v[0], "/bin/sh /etc/rc.shutdown jail");
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
	assert_int_equal(s.stop.n, 1);
	assert_string_equal(s.stop.v[0], "/bin/stop a=b");
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

#define NAME_OF_64 "1234567890123456789012345678901234567890123456789012345678901234"

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
		/* longer than any system has them */
		{"host.hostname=" NAME_OF_64 NAME_OF_64 NAME_OF_64 NAME_OF_64, "host.hostname"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct jail_settings s;
		struct error err;

		assert_int_equal(parse(cases[i].text, &s, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		if (strstr(err.message, cases[i].names) == NULL)
			fail_msg("'%s' does not name %s", err.message, cases[i].names);
	}
}

static void refused_for(enum host_system system, const char *text, const char *words)
{
	struct jail_settings s;
	struct error err;

	if (parse_for(system, text, &s, &err) == 0)
		fail_msg("%s is accepted", text);
	assert_int_equal(err.kind, ERROR_INVALID);
	if (strstr(err.message, words) == NULL)
		fail_msg("'%s' does not say '%s'", err.message, words);
}

static void test_table(void **state)
{
	for (size_t i = 0; i < jailparam_count; i++) {
		const struct jailparam *p = &jailparam_table[i];

		if (i > 0)
			assert_true(strcmp(p[-1].name, p->name) < 0);
		assert_int_equal(p->words != NULL, p->type == JAILPARAM_MODE);
		for (int system = 0; system < HOST_SYSTEMS; system++) {
			const struct jailparam_on *on = &p->on[system];

			assert_non_null(on->text);
			/* a clause for an error, or a sentence */
			assert_int_equal(on->change == JAILPARAM_REFUSED,
				on->text[strlen(on->text) - 1] != '.');
			if (on->change == JAILPARAM_NEXT)
				assert_true(p->member != 0);
			if (on->change == JAILPARAM_LIVE && p->member != 0)
				assert_string_equal(p->name, "host.hostname");
		}
	}
}

/* A value of the right form for any parameter. */
static const char *value_for(const struct jailparam *p, enum host_system system)
{
	const struct jailparam_on *on = &p->on[system];

	switch (p->type) {
	case JAILPARAM_BOOLEAN:
		return on->def != NULL && strcmp(on->def, "true") == 0 ? "false" : "true";
	case JAILPARAM_NUMBER:
	case JAILPARAM_SECONDS:
		return on->min > 0 ? on->def : "1";
	case JAILPARAM_MODE:
		return "new";
	default:
		return strcmp(p->name, "mount") == 0 ? "tmpfs /x tmpfs" : "/a";
	}
}

static void test_every_row(void **state)
{
	for (size_t i = 0; i < jailparam_count; i++) {
		const struct jailparam *p = &jailparam_table[i];

		for (int system = 0; system < HOST_SYSTEMS; system++) {
			AUTO_FREE char *text =
				xasprintf("%s=%s", p->name, value_for(p, (enum host_system)system));
			AUTO(jail_settings_free) struct jail_settings s = {0};
			struct error err;

			if (p->on[system].change == JAILPARAM_REFUSED) {
				refused_for((enum host_system)system, text, p->name);
				refused_for((enum host_system)system, text, p->on[system].text);
				continue;
			}
			if (parse_for((enum host_system)system, text, &s, &err) != 0)
				fail_msg("%s on %s: %s", text, host_system_names[system],
					err.message);
			if (p->member == 0 && strcmp(p->name, "allow.sysvipc") != 0)
				assert_true(strings_has(&s.kernel, text));
		}
	}
}

static void test_what_is_off_anyway(void **state)
{
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;

	assert_int_equal(
		parse_for(HOST_LINUX, "allow.noquotas\nallow.mount.zfs=false", &s, &err), 0);
	assert_int_equal(s.kernel.n, 0);
	jail_settings_free(&s);
	assert_int_equal(parse_for(HOST_FREEBSD, "allow.noquotas", &s, &err), 0);
	HAS(s.kernel, "allow.quotas=false");
	refused_for(HOST_LINUX, "nopersist", "persist");
	refused_for(HOST_FREEBSD, "persist", "last process");
}

static void test_passed_on(void **state)
{
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;

	assert_int_equal(parse_for(HOST_LINUX,
				 "allow.raw_sockets\nchildren.max=02\nsysvmsg\nallow.nomlock\n"
				 "allow.raw_sockets=0",
				 &s, &err),
		0);
	HAS(s.kernel, "allow.raw_sockets=false", "children.max=2", "sysvmsg=new",
		"allow.mlock=false");
	jail_settings_free(&s);
	assert_int_equal(parse_for(HOST_LINUX, "allow.sysvipc\nsysvsem=disable", &s, &err), 0);
	HAS(s.kernel, "sysvmsg=inherit", "sysvshm=inherit", "sysvsem=disable");
	jail_settings_free(&s);
	assert_int_equal(
		parse_for(HOST_FREEBSD,
			"allow.sysvipc\nip4.addr=10.0.0.1, 10.0.0.2\nip4.addr+=10.0.0.3", &s, &err),
		0);
	HAS(s.kernel, "allow.sysvipc=true", "ip4.addr=10.0.0.1,10.0.0.2,10.0.0.3");
}

static void test_commands(void **state)
{
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;

	/* as jail.conf(5) has them */
	assert_int_equal(parse_for(HOST_LINUX,
				 "exec.start=\"/bin/a 'b, c'\", '/bin/d'\n"
				 "exec.start+=\"/bin/e\"\n"
				 "exec.prestart=/bin/f,/bin/g\n"
				 "exec.poststop=first\nexec.poststop=second\n"
				 "exec.stop=",
				 &s, &err),
		0);
	HAS(s.start, "/bin/a 'b, c'", "/bin/d", "/bin/e");
	HAS(s.hooks[HOOK_PRESTART], "/bin/f", "/bin/g");
	HAS(s.hooks[HOOK_POSTSTOP], "second");
	assert_int_equal(s.stop.n, 0);
	assert_true(s.stop_given);
	jail_settings_free(&s);
	assert_int_equal(
		parse_for(HOST_FREEBSD, "exec.start=/bin/a\nexec.nostart\nexec.nostop", &s, &err),
		0);
	assert_int_equal(s.start.n, 0);
	assert_int_equal(s.stop.n, 0);
	assert_true(s.stop_given);
	jail_settings_free(&s);
	/* as one writes a command */
	assert_int_equal(parse_for(HOST_LINUX,
				 "exec.created=/bin/sh -c \"a, b\"\n"
				 "exec.release=/bin/x a,b\n"
				 "exec.stop+=/bin/y",
				 &s, &err),
		0);
	HAS(s.hooks[HOOK_CREATED], "/bin/sh -c \"a, b\"");
	HAS(s.hooks[HOOK_RELEASE], "/bin/x a,b");
	HAS(s.stop, "/bin/y");
}

static void test_texts(void **state)
{
	AUTO(jail_settings_free) struct jail_settings s;
	struct error err;

	assert_int_equal(parse_for(HOST_LINUX,
				 "host.hostname=\"a\\x62\"'c'\nexec.jail_user=\n"
				 "exec.consolelog=/a b,c\nexec.system_user=nobody\n"
				 "exec.timeout=5\nexec.system_jail_user",
				 &s, &err),
		0);
	assert_string_equal(s.hostname, "abc");
	assert_null(s.user);
	assert_string_equal(s.consolelog, "/a b,c");
	assert_string_equal(s.system_user, "nobody");
	assert_int_equal(s.timeout, 5);
	assert_true(s.system_jail_user);
	jail_settings_free(&s);
	assert_int_equal(parse_for(HOST_LINUX, "host=inherit", &s, &err), 0);
	assert_string_equal(s.hostname, "");
}

static void test_refused_values(void **state)
{
	static const struct {
		enum host_system system;
		const char *text, *words;
	} cases[] = {
		{HOST_LINUX, "alow.raw_sockets", "Did you mean 'allow.raw_sockets'?"},
		{HOST_LINUX, "completely.different",
			"unknown jail parameter 'completely.different'"},
		{HOST_LINUX, "exec.noclean=true", "unknown"},
		{HOST_LINUX, "host.hostname+=x", "+="},
		{HOST_LINUX, "host.hostname=\"x", "not closed"},
		{HOST_LINUX, "host.hostname=a\\nb", "control character"},
		{HOST_LINUX, "exec.start='x", "not closed"},
		{HOST_LINUX, "exec.start=\"\"", "empty"},
		{HOST_LINUX, "exec.start=a\\,'b", "not closed"},
		{HOST_LINUX, "enforce_statfs=0", "from 1 to 2 on Linux"},
		{HOST_LINUX, "devfs_ruleset=0", "only 4"},
		{HOST_LINUX, "sysvmsg=old", "new inherit disable"},
		{HOST_LINUX, "securelevel=4", "from -1 to 3"},
		{HOST_LINUX, "children.max= 1", "children.max"},
		{HOST_LINUX, "exec.consolelog=x", "absolute"},
		{HOST_LINUX, "mount.fstab=x", "absolute"},
		{HOST_LINUX, "mount=tmpfs", "mount=tmpfs"},
		{HOST_LINUX, "mount.fdescfs\nmount.nodevfs", "exclude"},
		{HOST_LINUX, "securelevel=1\nallow.chflags", "exclude"},
		{HOST_FREEBSD, "host=inherit\nhost.hostname=x", "exclude"},
		{HOST_FREEBSD, "devfs_ruleset=65536", "65535"},
		{HOST_FREEBSD, "path=/", "stores it"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refused_for(cases[i].system, cases[i].text, cases[i].words);
}

/*
 * However many parameters of a request have no known name, what may have been meant is looked for
 * once: the first one ends the reading.
 */
static void test_first_unknown_name_ends_the_reading(void **state)
{
	json_t *list = json_pack("[s, s]", "exec.clean", "alow.first");
	struct jail_settings s;
	struct error err = {0};

	for (int i = 0; i < 300000; i++)
		json_array_append_new(list, json_string("alow.other"));
	json_array_append_new(list, json_string("host.hostname='not closed"));
	for (int system = 0; system < HOST_SYSTEMS; system++) {
		assert_int_equal(
			jail_settings_parse_for((enum host_system)system, list, "", &s, &err), -1);
		assert_non_null(strstr(err.message, "unknown jail parameter 'alow.first'"));
	}
	json_decref(list);
}

/* What a change from one list to another comes to. */
static void changes(enum host_system system, const char *before, const char *after,
	const char *const live[], const char *const restart[])
{
	AUTO(jail_changes_free) struct jail_changes c;
	json_t *from = before ? json_pack("[s]", before) : NULL;
	json_t *to = after ? json_pack("[s]", after) : NULL;
	struct error err;

	assert_int_equal(jail_changes_find(system, from, to, ID, &c, &err), 0);
	has(&c.live, live);
	has(&c.restart, restart);
	json_decref(from);
	json_decref(to);
}
#define NOTHING	  ((const char *const[]){NULL})
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_changes(void **state)
{
	const char *raw = "allow.raw_sockets";

	changes(HOST_LINUX, NULL, NULL, NOTHING, NOTHING);
	changes(HOST_LINUX, NULL, raw, NOTHING, LIST(raw));
	changes(HOST_LINUX, raw, NULL, NOTHING, LIST(raw));
	changes(HOST_LINUX, NULL, "allow.noraw_sockets", NOTHING, NOTHING);
	changes(HOST_LINUX, NULL, "mount.devfs", NOTHING, NOTHING);
	changes(HOST_LINUX, "mount.nodevfs", NULL, NOTHING, LIST("mount.devfs"));
	changes(HOST_LINUX, NULL, "host.hostname=x", LIST("host.hostname=x"), NOTHING);
	changes(HOST_LINUX, "host.hostname=x", NULL, LIST("host.hostname=" ID), NOTHING);
	changes(HOST_LINUX, NULL, "stop.timeout=1", NOTHING, NOTHING);
	changes(HOST_LINUX, NULL, "exec.start=/bin/true", NOTHING, NOTHING);
	changes(HOST_LINUX, NULL, "host=inherit", NOTHING, LIST("host", "host.hostname"));
	changes(HOST_FREEBSD, NULL, raw, LIST("allow.raw_sockets=true"), NOTHING);
	changes(HOST_FREEBSD, raw, NULL, LIST("allow.raw_sockets=false"), NOTHING);
	changes(HOST_FREEBSD, NULL, "vnet", NOTHING, LIST("vnet"));
	changes(HOST_FREEBSD, "linux.osname=x", NULL, NOTHING, LIST("linux.osname"));
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
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_what_is_off_anyway),
		cmocka_unit_test(test_passed_on),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_refused_values),
		cmocka_unit_test(test_first_unknown_name_ends_the_reading),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
