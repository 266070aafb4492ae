/* SPDX-License-Identifier: BSD-2-Clause */
/* Daemon and warden: messages made by one are understood by the other, wrong ones refused. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "warden/protocol.h"

/* Sends what w holds to ourselves and reads it back; frees w. */
static void carry(struct wire *w, const int *fds, size_t nfds, struct wire_message *m)
{
	struct wire_conn c = {0};
	struct error err;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	c.fd = ends[1];
	assert_int_equal(wire_send(ends[0], w, fds, nfds, 0, &err), 0);
	assert_int_equal(wire_conn_wait(&c, m, -1, &err), 1);
	wire_free(w);
	wire_conn_close(&c);
	close(ends[0]);
}

static void free_setup(struct warden_setup *s)
{
	jail_config_free(&s->jail);
	close_fd(&s->listener);
	close_fd(&s->logs[0]);
	close_fd(&s->logs[1]);
	close_fd(&s->status);
	close_fd(&s->lock);
}

/* Field by field: what lies between the members is nobody's. */
static void assert_endpoint(const struct jail_endpoint *is, const struct jail_endpoint *e)
{
	assert_string_equal(is->network, e->network);
	assert_int_equal(is->type, e->type);
	assert_int_equal(is->internal, e->internal);
	assert_int_equal(is->icc, e->icc);
	for (size_t i = 0; i < FAMILIES; i++) {
		assert_true(address_equal(&is->subnet[i].base, &e->subnet[i].base));
		assert_int_equal(is->subnet[i].prefix, e->subnet[i].prefix);
		assert_true(address_equal(&is->address[i], &e->address[i]));
		assert_true(address_equal(&is->gateway[i], &e->gateway[i]));
	}
}

static void test_setup(void **state)
{
	struct jail_endpoint endpoint = {.id = "00112233445f",
		.type = NETWORK_BRIDGE,
		.network = "kleene0",
		.subnet[IPV4] = {{AF_INET, 0x0a000000}, 24},
		.subnet[IPV6] = {{AF_INET6, (address_number)0xfd << 120}, 64},
		.address[IPV4] = {AF_INET, 0x0a000002},
		.gateway[IPV6] = {AF_INET6, ((address_number)0xfd << 120) + 1},
		.icc = true};
	struct warden_setup in = {.log_size = 1 << 20}, out;
	struct wire w = {0};
	struct wire_message m;
	struct error err;
	int null = open("/dev/null", O_RDWR);

	in.jail = (struct jail_config){.id = (char *)"0123456789ab",
		.hostname = (char *)"host",
		.root = {.path = (char *)"/r", .lower = (char *)"a:b", .base = NULL},
		.devfs = true,
		.driver = DRIVER_VNET,
		.confinement = {.read_only = true, .shm_size = 1 << 20}};
	strings_add(&in.jail.params, "securelevel=3");
	strings_add(&in.jail.confinement.sysctls, "net.a=1");
	endpoint_interface(endpoint.id, endpoint.interface);
	in.jail.endpoints = &endpoint;
	in.jail.nendpoints = 1;
	protocol_put_setup(&w, &in);
	carry(&w, (int[]){null, null, null, null, null}, SETUP_FDS, &m);
	assert_int_equal(protocol_get_setup(&m, &out, &err), 0);
	assert_string_equal(out.jail.id, "0123456789ab");
	assert_string_equal(out.jail.hostname, "host");
	assert_string_equal(out.jail.root.path, "/r");
	assert_string_equal(out.jail.root.lower, "a:b");
	assert_null(out.jail.root.base);
	assert_true(out.jail.devfs);
	assert_int_equal(out.jail.driver, DRIVER_VNET);
	assert_int_equal(out.jail.nendpoints, 1);
	assert_string_equal(out.jail.endpoints[0].id, "00112233445f");
	assert_string_equal(out.jail.endpoints[0].interface, "kl00112233445f");
	assert_endpoint(&out.jail.endpoints[0], &endpoint);
	assert_int_equal(out.jail.params.n, 1);
	assert_string_equal(out.jail.params.v[0], "securelevel=3");
	assert_true(out.jail.confinement.read_only);
	assert_int_equal(out.jail.confinement.shm_size, 1 << 20);
	assert_string_equal(out.jail.confinement.sysctls.v[0], "net.a=1");
	assert_true(out.log_size == 1 << 20);
	assert_true(out.listener >= 0 && out.logs[0] >= 0 && out.logs[1] >= 0 && out.status >= 0 &&
		    out.lock >= 0);
	wire_message_free(&m);
	free_setup(&out);
	strings_free(&in.jail.params);
	strings_free(&in.jail.confinement.sysctls);
	close(null);
}

static void test_incomplete_setup(void **state)
{
	struct warden_setup in = {0}, out;
	struct wire w = {0};
	struct wire_message m;
	struct error err;

	in.jail.id = (char *)"0123456789ab";
	in.jail.hostname = (char *)"host";
	in.jail.root.path = (char *)"/r";
	protocol_put_setup(&w, &in);
	carry(&w, NULL, 0, &m); /* without descriptors */
	assert_int_equal(protocol_get_setup(&m, &out, &err), -1);
	assert_string_equal(err.message, "incomplete setup message");
	wire_message_free(&m);
	free_setup(&out);
}

static void test_start(void **state)
{
	struct process_spec in = {.id = (char *)"0123456789ab",
				    .user = (char *)"www:www",
				    .clean = true,
				    .tty = true},
			    out;
	struct wire w = {0};
	struct wire_message m;
	struct error err;

	strings_add(&in.argv, "/bin/echo");
	strings_add(&in.argv, "");
	strings_add(&in.env, "A=1");
	strings_add(&in.groups, "video");
	strings_add(&in.ulimits, "nofile=1:2");
	protocol_put_start(&w, &in);
	carry(&w, NULL, 0, &m);
	assert_int_equal(m.type, MSG_START);
	assert_int_equal(protocol_get_start(&m, &out, &err), 0);
	assert_string_equal(out.id, in.id);
	assert_int_equal(out.argv.n, 2);
	assert_string_equal(out.argv.v[0], "/bin/echo");
	assert_string_equal(out.argv.v[1], "");
	assert_null(out.argv.v[2]);
	assert_string_equal(out.env.v[0], "A=1");
	assert_string_equal(out.groups.v[0], "video");
	assert_string_equal(out.ulimits.v[0], "nofile=1:2");
	assert_string_equal(out.user, "www:www");
	assert_null(out.require);
	assert_true(out.clean);
	assert_true(out.tty);
	assert_false(out.detached);
	wire_message_free(&m);
	process_spec_free(&out);
	strings_free(&in.argv);
	strings_free(&in.env);
	strings_free(&in.groups);
	strings_free(&in.ulimits);
}

static void test_start_without_command(void **state)
{
	struct process_spec in = {.id = (char *)"0123456789ab"}, out;
	struct wire w = {0};
	struct wire_message m;
	struct error err;

	protocol_put_start(&w, &in);
	carry(&w, NULL, 0, &m);
	assert_int_equal(protocol_get_start(&m, &out, &err), -1);
	wire_message_free(&m);
}

static void test_first_of_two(void **state)
{
	struct process_spec out;
	struct wire w = {0};
	struct wire_message m;
	struct error err;

	wire_begin(&w, MSG_START);
	wire_str(&w, FIELD_ID, "first");
	wire_str(&w, FIELD_ID, "second");
	wire_str(&w, FIELD_ARG, "x");
	wire_str(&w, 9999, "unknown fields are passed over");
	carry(&w, NULL, 0, &m);
	assert_int_equal(protocol_get_start(&m, &out, &err), 0);
	assert_string_equal(out.id, "first");
	wire_message_free(&m);
	process_spec_free(&out);
}

static void test_failed(void **state)
{
	struct error in, out;
	struct wire w = {0};
	struct wire_message m;

	error_set(&in, ERROR_EXEC, "no /bin/x");
	in.code = 127;
	protocol_put_failed(&w, &in);
	carry(&w, NULL, 0, &m);
	assert_int_equal(m.type, MSG_FAILED);
	assert_int_equal(protocol_get_failed(&m, &out), -1);
	assert_int_equal(out.kind, ERROR_EXEC);
	assert_int_equal(out.code, 127);
	assert_string_equal(out.message, "no /bin/x");
	wire_message_free(&m);

	wire_begin(&w, MSG_FAILED);
	wire_u64(&w, FIELD_KIND, 4711);
	carry(&w, NULL, 0, &m);
	assert_int_equal(protocol_get_failed(&m, &out), -1);
	assert_int_equal(out.kind, ERROR_SYSTEM);
	assert_true(out.message[0] != '\0');
	wire_message_free(&m);
}

/*
 * The frozen tables: what wardens of the field speak. What is new gets a line at the end; a line
 * that is here is never changed.
 */
static const unsigned int frozen_messages[] = {
	[1] = MSG_SETUP,
	[2] = MSG_READY,
	[3] = MSG_FAILED,
	[4] = MSG_START,
	[5] = MSG_STARTED,
	[6] = MSG_ATTACH,
	[7] = MSG_CLOSE_STDIN,
	[8] = MSG_WATCH,
	[9] = MSG_EXEC,
	[10] = MSG_EXIT,
	[11] = MSG_SIGNAL,
	[12] = MSG_RESIZE,
	[13] = MSG_STOP,
	[14] = MSG_UPDATE,
	[15] = MSG_OK,
	[16] = MSG_ENDED,
	[17] = MSG_KILL,
};

static const unsigned int frozen_fields[] = {
	[1] = FIELD_ID,
	[2] = FIELD_HOSTNAME,
	[3] = FIELD_ROOT_PATH,
	[4] = FIELD_ROOT_LOWER,
	[5] = FIELD_ROOT_BASE,
	[6] = FIELD_ROOT_UNSYNCED,
	[7] = FIELD_DEVFS,
	[8] = FIELD_DRIVER,
	[9] = FIELD_RETIRED_9,
	[10] = FIELD_PARAM,
	[11] = FIELD_MOUNT_SOURCE,
	[12] = FIELD_MOUNT_DESTINATION,
	[13] = FIELD_MOUNT_TYPE,
	[14] = FIELD_MOUNT_OPTIONS,
	[15] = FIELD_MOUNT_FLAGS,
	[16] = FIELD_HANDOVER,
	[17] = FIELD_LOG_SIZE,
	[18] = FIELD_ARG,
	[19] = FIELD_ENV,
	[20] = FIELD_DIRECTORY,
	[21] = FIELD_USER,
	[22] = FIELD_CLEAN,
	[23] = FIELD_TTY,
	[24] = FIELD_DETACHED,
	[25] = FIELD_INTERNAL,
	[26] = FIELD_HOLD,
	[27] = FIELD_REQUIRE,
	[28] = FIELD_PID,
	[29] = FIELD_NUMBER,
	[30] = FIELD_CODE,
	[31] = FIELD_KIND,
	[32] = FIELD_TEXT,
	[33] = FIELD_LAST,
	[34] = FIELD_SIGNAL,
	[35] = FIELD_ROWS,
	[36] = FIELD_COLS,
	[37] = FIELD_TIMEOUT,
	[38] = FIELD_VERSION,
	[39] = FIELD_ENDPOINT_ID,
	[40] = FIELD_ENDPOINT_INTERFACE,
	[41] = FIELD_ENDPOINT_TYPE,
	[42] = FIELD_ENDPOINT_NETWORK,
	[43] = FIELD_ENDPOINT_SUBNET,
	[44] = FIELD_ENDPOINT_ADDRESS,
	[45] = FIELD_ENDPOINT_GATEWAY,
	[46] = FIELD_ENDPOINT_FLAGS,
	[47] = FIELD_GROUP,
	[48] = FIELD_ULIMIT,
	[49] = FIELD_ROOT_READ_ONLY,
	[50] = FIELD_SHM_SIZE,
	[51] = FIELD_SYSCTL,
};

static const unsigned int frozen_kinds[] = {
	[0] = ERROR_NONE,
	[1] = ERROR_INVALID,
	[2] = ERROR_NOT_FOUND,
	[3] = ERROR_CONFLICT,
	[4] = ERROR_TOO_LARGE,
	[5] = ERROR_EXEC,
	[6] = ERROR_UNAVAILABLE,
	[7] = ERROR_SYSTEM,
};

static void test_numbers_are_frozen(void **state)
{
	for (unsigned int i = 1; i < ARRAY_SIZE(frozen_messages); i++)
		assert_int_equal(frozen_messages[i], i);
	for (unsigned int i = 1; i < ARRAY_SIZE(frozen_fields); i++)
		assert_int_equal(frozen_fields[i], i);
	for (unsigned int i = 0; i < ARRAY_SIZE(frozen_kinds); i++)
		assert_int_equal(frozen_kinds[i], i);
	/* none is missing here */
	assert_int_equal(ARRAY_SIZE(frozen_messages), MSG_END);
	assert_int_equal(ARRAY_SIZE(frozen_fields), FIELD_END);
	assert_int_equal(ARRAY_SIZE(frozen_kinds), ERROR_SYSTEM + 1);
	assert_int_equal(MOUNT_READ_ONLY, 1);
	assert_int_equal(MOUNT_POPULATE, 2);
	assert_int_equal(ENDPOINT_INTERNAL, 1);
	assert_int_equal(ENDPOINT_ICC, 2);
}

/* What the first release sends is bytes that no later one may change. */
static void test_frame_is_frozen(void **state)
{
	static const char frame[] = "\x19\0\0\0" /* length */
				    "\x0a\0\0\0" /* EXIT */
				    "\0\0\0\0" /* descriptors */
				    "\x01\0\0\0" /* FIELD_ID */
				    "\x01\0\0\0"
				    "a"
				    "\x1e\0\0\0" /* FIELD_CODE */
				    "\x08\0\0\0"
				    "\x09\0\0\0\0\0\0";
	struct wire w = {0};

	wire_begin(&w, MSG_EXIT);
	wire_str(&w, FIELD_ID, "a");
	wire_u64(&w, FIELD_CODE, 9);
	assert_int_equal(w.frame.len, sizeof(frame));
	/* the length is written when it is sent */
	assert_memory_equal(w.frame.data + 4, frame + 4, sizeof(frame) - 4);
	wire_free(&w);
}

static void test_version(void **state)
{
	struct wire w = {0};
	struct wire_message m;
	struct wire_field f;

	protocol_put_watch(&w);
	carry(&w, NULL, 0, &m);
	assert_int_equal(m.type, MSG_WATCH);
	assert_true(wire_next(&m, &f));
	assert_int_equal(f.tag, FIELD_VERSION);
	assert_int_equal(protocol_version(wire_field_u64(&f)), PROTOCOL_VERSION);
	assert_int_equal(protocol_version(0), 1);
	wire_message_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setup),
		cmocka_unit_test(test_incomplete_setup),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_start_without_command),
		cmocka_unit_test(test_first_of_two),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_numbers_are_frozen),
		cmocka_unit_test(test_frame_is_frozen),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
