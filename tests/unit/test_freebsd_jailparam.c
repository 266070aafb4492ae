/* SPDX-License-Identifier: BSD-2-Clause */
/* Jail parameters: text to what jail_set(2) takes, with a table in the kernel's place. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "host/freebsd/jailparam.h"

struct row {
	const char *name;
	struct jailparam_type type;
};

static const struct row table[] = {
	{"persist", {JAILPARAM_BOOL, false, 0}},
	{"allow.raw_sockets", {JAILPARAM_BOOL, false, 0}},
	{"allow.mount", {JAILPARAM_BOOL, false, 0}},
	{"allow.nofoo", {JAILPARAM_BOOL, false, 0}},
	{"children.max", {JAILPARAM_INT, false, 0}},
	{"some.uint", {JAILPARAM_UINT, false, 0}},
	{"host.hostid", {JAILPARAM_ULONG, false, 0}},
	{"some.s64", {JAILPARAM_S64, false, 0}},
	{"some.u64", {JAILPARAM_U64, false, 0}},
	{"host.hostname", {JAILPARAM_STRING, false, 8}},
	{"ip4", {JAILPARAM_SYS, false, 0}},
	{"ip4.addr", {JAILPARAM_IP4, true, 0}},
	{"ip6.addr", {JAILPARAM_IP6, true, 0}},
	{"odd", {JAILPARAM_UNKNOWN, false, 0}},
	{NULL, {JAILPARAM_UNKNOWN, false, 0}},
};

static int lookup(void *ctx, const char *name, struct jailparam_type *type, struct error *err)
{
	for (const struct row *r = ctx; r->name != NULL; r++) {
		if (strcmp(r->name, name) == 0) {
			*type = r->type;
			return 1;
		}
	}
	return 0;
}

static int add(struct jailparams *list, const char *text, struct error *err)
{
	return jailparams_add(list, text, lookup, (void *)(uintptr_t)table, err);
}

/* The parameter that a text alone makes. */
static const struct jailparam *one(struct jailparams *list, const char *text)
{
	struct error err = {0};

	jailparams_free(list);
	if (add(list, text, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	assert_int_equal(list->n, 1);
	return &list->v[0];
}

static void refused(const char *text, const char *word)
{
	struct jailparams list = {0};
	struct error err = {0};

	if (add(&list, text, &err) == 0)
		fail_msg("%s was taken", text);
	assert_int_equal(err.kind, ERROR_INVALID);
	if (strstr(err.message, word) == NULL)
		fail_msg("%s: \"%s\" does not say %s", text, err.message, word);
	assert_int_equal(list.n, 0);
	jailparams_free(&list);
}

static void booleans(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"allow.raw_sockets", "allow.raw_sockets"},
		{"allow.noraw_sockets", "allow.noraw_sockets"},
		{"allow.raw_sockets=true", "allow.raw_sockets"},
		{"allow.raw_sockets=1", "allow.raw_sockets"},
		{"allow.raw_sockets=false", "allow.noraw_sockets"},
		{"allow.raw_sockets=0", "allow.noraw_sockets"},
		{"allow.noraw_sockets=false", "allow.raw_sockets"},
		{"allow.nomount", "allow.nomount"},
		{"nopersist", "nopersist"},
		{"allow.nofoo", "allow.nofoo"},
		{"allow.nonofoo", "allow.nonofoo"},
	};
	struct jailparams list = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct jailparam *p = one(&list, cases[i].text);

		assert_string_equal(p->name, cases[i].name);
		assert_null(p->value);
		assert_int_equal(p->len, 0);
	}
	assert_string_equal(one(&list, "allow.noraw_sockets")->key, "allow.raw_sockets");
	jailparams_free(&list);
	refused("allow.raw_sockets=maybe", "maybe");
	refused("allow.raw_sockets=", "allow.raw_sockets");
}

static void has_bytes(const struct jailparam *p, const void *bytes, size_t len)
{
	assert_int_equal(p->len, len);
	assert_memory_equal(p->value, bytes, len);
}

static void numbers(void **state)
{
	struct jailparams list = {0};

	has_bytes(one(&list, "children.max=20"), &(int){20}, sizeof(int));
	has_bytes(one(&list, "children.max=-1"), &(int){-1}, sizeof(int));
	has_bytes(one(&list, "some.uint=4294967295"), &(unsigned){4294967295u}, sizeof(unsigned));
	has_bytes(one(&list, "host.hostid=7"), &(unsigned long){7}, sizeof(unsigned long));
	has_bytes(one(&list, "some.s64=-9223372036854775808"), &(int64_t){INT64_MIN}, 8);
	has_bytes(one(&list, "some.u64=18446744073709551615"), &(uint64_t){UINT64_MAX}, 8);
	jailparams_free(&list);

	refused("children.max", "needs a value");
	refused("children.max=", "children.max");
	refused("children.max=2x", "2x");
	refused("children.max=2147483648", "2147483648");
	refused("children.max=1,2", "1,2");
	refused("some.uint=-1", "-1");
	refused("some.uint=4294967296", "4294967296");
	refused("some.u64=18446744073709551616", "18446744073709551616");
}

static void system_parameters(void **state)
{
	struct jailparams list = {0};

	has_bytes(one(&list, "ip4=disable"), &(int){JAILPARAM_DISABLE}, sizeof(int));
	has_bytes(one(&list, "ip4=new"), &(int){JAILPARAM_NEW}, sizeof(int));
	has_bytes(one(&list, "ip4"), &(int){JAILPARAM_NEW}, sizeof(int));
	has_bytes(one(&list, "ip4=inherit"), &(int){JAILPARAM_INHERIT}, sizeof(int));
	jailparams_free(&list);
	refused("ip4=host", "host");
	refused("noip4", "noip4");
}

static void strings_(void **state)
{
	struct jailparams list = {0};

	has_bytes(one(&list, "host.hostname=a=b"), "a=b", 4);
	has_bytes(one(&list, "host.hostname"), "", 1);
	has_bytes(one(&list, "host.hostname=1234567"), "1234567", 8);
	jailparams_free(&list);
	refused("host.hostname=12345678", "7 bytes");
}

static void addresses(void **state)
{
	struct jailparams list = {0};
	struct in_addr v4[2];
	struct in6_addr v6;

	inet_pton(AF_INET, "10.0.0.1", &v4[0]);
	inet_pton(AF_INET, "192.0.2.7", &v4[1]);
	inet_pton(AF_INET6, "2001:db8::1", &v6);
	has_bytes(one(&list, "ip4.addr=10.0.0.1"), v4, sizeof(v4[0]));
	has_bytes(one(&list, "ip4.addr=10.0.0.1,192.0.2.7"), v4, sizeof(v4));
	has_bytes(one(&list, "ip6.addr=2001:db8::1"), &v6, sizeof(v6));
	assert_int_equal(one(&list, "ip4.addr=")->len, 0);
	assert_int_equal(one(&list, "ip4.addr=-")->len, 0);
	assert_int_equal(one(&list, "ip4.addr")->len, 0);
	jailparams_free(&list);

	refused("ip4.addr=10.0.0.1,", "ip4.addr");
	refused("ip4.addr=10.0.0.256", "10.0.0.256");
	refused("ip4.addr=2001:db8::1", "2001:db8::1");
	refused("ip6.addr=10.0.0.1", "10.0.0.1");
}

static void unknown(void **state)
{
	refused("allow.everything", "unknown jail parameter: allow.everything");
	refused("", "unknown");
	refused("=1", "unknown");
	refused("no", "unknown");
	refused("nochildren.max", "unknown");
	refused("children.nomax", "unknown");
	refused("odd=1", "odd");
}

static void later_replaces_earlier(void **state)
{
	struct jailparams list = {0};
	struct error err = {0};

	assert_int_equal(add(&list, "allow.raw_sockets", &err), 0);
	assert_int_equal(add(&list, "children.max=1", &err), 0);
	assert_int_equal(add(&list, "allow.noraw_sockets", &err), 0);
	assert_int_equal(add(&list, "children.max=2", &err), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(
		jailparams_find(&list, "allow.raw_sockets")->name, "allow.noraw_sockets");
	has_bytes(jailparams_find(&list, "children.max"), &(int){2}, sizeof(int));
	assert_null(jailparams_find(&list, "allow.noraw_sockets"));
	/* what cannot be taken leaves the old value */
	assert_int_equal(add(&list, "children.max=x", &err), -1);
	has_bytes(jailparams_find(&list, "children.max"), &(int){2}, sizeof(int));
	jailparams_free(&list);
}

static void jail_names(void **state)
{
	AUTO_FREE char *hex = jailparam_jail_name("0123456789ab");
	AUTO_FREE char *digits = jailparam_jail_name("012345678901");

	assert_string_equal(hex, "0123456789ab");
	assert_string_equal(digits, "c012345678901");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(booleans),
		cmocka_unit_test(numbers),
		cmocka_unit_test(system_parameters),
		cmocka_unit_test(strings_),
		cmocka_unit_test(addresses),
		cmocka_unit_test(unknown),
		cmocka_unit_test(later_replaces_earlier),
		cmocka_unit_test(jail_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
