/* SPDX-License-Identifier: BSD-2-Clause */
/* From jail parameters to what processes may do. */
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/linux/permissions.h"

#define CAP(name) (1ULL << (name))

static struct permissions permissions;
static struct error err;

/* Reads a NULL-terminated list of parameters. */
static int read_list(bool userns, const char *const *list)
{
	struct jail_config config = {0};
	int result;

	for (; *list != NULL; list++)
		strings_add(&config.params, *list);
	result = permissions_read(&config, userns, &permissions, &err);
	strings_free(&config.params);
	return result;
}

#define READ(userns, ...) read_list(userns, (const char *const[]){__VA_ARGS__, NULL})

static void defaults(void **state)
{
	assert_int_equal(READ(true, NULL), 0);
	assert_int_equal(permissions.capabilities & (CAP(CAP_NET_RAW) | CAP(CAP_SYS_ADMIN)), 0);
	assert_true(permissions.capabilities & CAP(CAP_CHOWN));
	assert_true(permissions.capabilities & CAP(CAP_NET_BIND_SERVICE));
	assert_int_equal(permissions.features & (FEATURE_ICMP | FEATURE_MOUNT), 0);
	assert_true(permissions.features & FEATURE_TRACE);
	assert_false(permissions.host_ipc);
}

/* Reads what a container with these lists of capabilities gets; one word each, "": none. */
static int read_capabilities(bool userns, const char *add, const char *drop)
{
	struct jail_config config = {.driver = DRIVER_IPNET};
	int result;

	if (add[0] != '\0')
		strings_add(&config.confinement.cap_add, add);
	if (drop[0] != '\0')
		strings_add(&config.confinement.cap_drop, drop);
	result = permissions_read(&config, userns, &permissions, &err);
	confinement_free(&config.confinement);
	return result;
}

static void capabilities_given_and_taken(void **state)
{
	assert_int_equal(read_capabilities(true, "", "cap_chown"), 0);
	assert_false(permissions.capabilities & CAP(CAP_CHOWN));
	assert_true(permissions.capabilities & CAP(CAP_KILL));
	assert_int_equal(read_capabilities(true, "NET_RAW", "ALL"), 0);
	assert_true(permissions.capabilities == CAP(CAP_NET_RAW));
	assert_true(permissions.features & FEATURE_ICMP);
	assert_int_equal(read_capabilities(true, "DAC_READ_SEARCH", ""), 0);
	assert_int_equal(read_capabilities(false, "DAC_READ_SEARCH", ""), -1);
}

static void forms_of_booleans(void **state)
{
	static const char *const on[] = {
		"allow.raw_sockets", "allow.raw_sockets=true", "allow.raw_sockets=1"};
	static const char *const off[] = {
		"allow.noraw_sockets", "allow.raw_sockets=false", "allow.raw_sockets=0"};

	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		assert_int_equal(READ(false, off[i], on[i]), 0);
		assert_true(permissions.capabilities & CAP(CAP_NET_RAW));
		assert_true(permissions.features & FEATURE_ICMP);
		assert_int_equal(READ(false, on[i], off[i]), 0);
		assert_int_equal(permissions.capabilities & CAP(CAP_NET_RAW), 0);
		assert_int_equal(permissions.features & FEATURE_ICMP, 0);
	}
	assert_int_equal(READ(false, "allow.raw_sockets_", "xallow.raw_sockets"), 0);
	assert_int_equal(permissions.capabilities & CAP(CAP_NET_RAW), 0);
}

static void what_is_taken_away(void **state)
{
	assert_int_equal(READ(true, "allow.noreserved_ports"), 0);
	assert_int_equal(permissions.capabilities & CAP(CAP_NET_BIND_SERVICE), 0);
	assert_int_equal(READ(true, "allow.nounprivileged_proc_debug"), 0);
	assert_int_equal(permissions.features & FEATURE_TRACE, 0);
	assert_int_equal(READ(true, "allow.raw_sockets", "allow.nosuser"), 0);
	assert_int_equal(permissions.capabilities, 0);
}

static void power_over_the_host(void **state)
{
	static const char *const guarded[] = {
		"allow.mount", "allow.set_hostname", "children.max=2"};

	for (size_t i = 0; i < ARRAY_SIZE(guarded); i++) {
		assert_int_equal(READ(true, guarded[i]), 0);
		assert_true(permissions.capabilities & CAP(CAP_SYS_ADMIN));
		assert_int_equal(READ(false, guarded[i]), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
	assert_int_equal(READ(true, "allow.chflags"), -1);
	assert_int_equal(READ(false, "allow.chflags"), 0);
	assert_int_equal(READ(false, "children.max=0", "allow.nomount"), 0);
	assert_int_equal(permissions.capabilities & CAP(CAP_SYS_ADMIN), 0);
}

static const char *without_userns(enum network_driver driver, const char *parameter)
{
	struct strings params = {0};
	const char *name;

	strings_add(&params, parameter);
	name = permissions_without_userns(&params, driver);
	strings_free(&params);
	return name;
}

/* With the host's network, what asks for the host's capabilities rules a user namespace out. */
static void user_namespaces(void **state)
{
	static const char *const out[] = {
		"allow.raw_sockets", "allow.chflags", "allow.read_msgbuf"};
	static const char *const in[] = {"allow.mount", "allow.mlock", "children.max=2",
		"allow.noraw_sockets", "allow.raw_sockets=false", "allow.nochflags"};

	for (size_t i = 0; i < ARRAY_SIZE(out); i++) {
		assert_string_equal(without_userns(DRIVER_HOST, out[i]), out[i]);
		assert_null(without_userns(DRIVER_VNET, out[i]));
		assert_null(without_userns(DRIVER_DISABLED, out[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(in); i++)
		assert_null(without_userns(DRIVER_HOST, in[i]));
}

static void system_v_ipc(void **state)
{
	assert_int_equal(READ(true, "sysvsem=disable"), 0);
	assert_int_equal(permissions.features & (FEATURE_MSG | FEATURE_SEM | FEATURE_SHM),
		FEATURE_MSG | FEATURE_SHM);
	assert_int_equal(READ(true, "sysvmsg=inherit"), -1);
	assert_int_equal(READ(true, "sysvmsg=inherit", "sysvsem=inherit", "sysvshm=inherit"), 0);
	assert_true(permissions.host_ipc);
	assert_int_equal(READ(true, "allow.nosysvipc", "sysvshm=new"), 0);
	assert_int_equal(
		permissions.features & (FEATURE_MSG | FEATURE_SEM | FEATURE_SHM), FEATURE_SHM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(capabilities_given_and_taken),
		cmocka_unit_test(forms_of_booleans),
		cmocka_unit_test(what_is_taken_away),
		cmocka_unit_test(power_over_the_host),
		cmocka_unit_test(user_namespaces),
		cmocka_unit_test(system_v_ipc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
