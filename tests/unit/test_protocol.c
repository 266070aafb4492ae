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
		.driver = DRIVER_VNET};
	strings_add(&in.jail.params, "securelevel=3");
	endpoint_interface(endpoint.id, endpoint.interface);
	in.jail.endpoints = &endpoint;
	in.jail.nendpoints = 1;
	protocol_put_setup(&w, &in);
	carry(&w, (int[]){null, null, null, null}, 4, &m);
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
	assert_true(out.log_size == 1 << 20);
	assert_true(out.listener >= 0 && out.logs[0] >= 0 && out.logs[1] >= 0 && out.status >= 0);
	wire_message_free(&m);
	free_setup(&out);
	strings_free(&in.jail.params);
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
	assert_string_equal(out.user, "www:www");
	assert_null(out.require);
	assert_true(out.clean);
	assert_true(out.tty);
	assert_false(out.detached);
	wire_message_free(&m);
	process_spec_free(&out);
	strings_free(&in.argv);
	strings_free(&in.env);
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
 * The frozen tables: what wardens of the field speak. Without a default, so that the compiler asks
 * for the line of what is new; a line that is here is never changed.
 */
static int frozen_message(enum warden_message m)
{
	switch (m) {
	case MSG_SETUP:
		return 1;
	case MSG_READY:
		return 2;
	case MSG_FAILED:
		return 3;
	case MSG_START:
		return 4;
	case MSG_STARTED:
		return 5;
	case MSG_ATTACH:
		return 6;
	case MSG_CLOSE_STDIN:
		return 7;
	case MSG_WATCH:
		return 8;
	case MSG_EXEC:
		return 9;
	case MSG_EXIT:
		return 10;
	case MSG_SIGNAL:
		return 11;
	case MSG_RESIZE:
		return 12;
	case MSG_STOP:
		return 13;
	case MSG_UPDATE:
		return 14;
	case MSG_OK:
		return 15;
	case MSG_ENDED:
		return 16;
	}
	return 0;
}

static int frozen_field(enum warden_field f)
{
	switch (f) {
	case FIELD_ID:
		return 1;
	case FIELD_HOSTNAME:
		return 2;
	case FIELD_ROOT_PATH:
		return 3;
	case FIELD_ROOT_LOWER:
		return 4;
	case FIELD_ROOT_BASE:
		return 5;
	case FIELD_ROOT_UNSYNCED:
		return 6;
	case FIELD_DEVFS:
		return 7;
	case FIELD_DRIVER:
		return 8;
	case FIELD_RETIRED_9:
		return 9;
	case FIELD_PARAM:
		return 10;
	case FIELD_MOUNT_SOURCE:
		return 11;
	case FIELD_MOUNT_DESTINATION:
		return 12;
	case FIELD_MOUNT_TYPE:
		return 13;
	case FIELD_MOUNT_OPTIONS:
		return 14;
	case FIELD_MOUNT_FLAGS:
		return 15;
	case FIELD_HANDOVER:
		return 16;
	case FIELD_LOG_SIZE:
		return 17;
	case FIELD_ARG:
		return 18;
	case FIELD_ENV:
		return 19;
	case FIELD_DIRECTORY:
		return 20;
	case FIELD_USER:
		return 21;
	case FIELD_CLEAN:
		return 22;
	case FIELD_TTY:
		return 23;
	case FIELD_DETACHED:
		return 24;
	case FIELD_INTERNAL:
		return 25;
	case FIELD_HOLD:
		return 26;
	case FIELD_REQUIRE:
		return 27;
	case FIELD_PID:
		return 28;
	case FIELD_NUMBER:
		return 29;
	case FIELD_CODE:
		return 30;
	case FIELD_KIND:
		return 31;
	case FIELD_TEXT:
		return 32;
	case FIELD_LAST:
		return 33;
	case FIELD_SIGNAL:
		return 34;
	case FIELD_ROWS:
		return 35;
	case FIELD_COLS:
		return 36;
	case FIELD_TIMEOUT:
		return 37;
	case FIELD_VERSION:
		return 38;
	case FIELD_ENDPOINT_ID:
		return 39;
	case FIELD_ENDPOINT_INTERFACE:
		return 40;
	case FIELD_ENDPOINT_TYPE:
		return 41;
	case FIELD_ENDPOINT_NETWORK:
		return 42;
	case FIELD_ENDPOINT_SUBNET:
		return 43;
	case FIELD_ENDPOINT_ADDRESS:
		return 44;
	case FIELD_ENDPOINT_GATEWAY:
		return 45;
	case FIELD_ENDPOINT_FLAGS:
		return 46;
	}
	return 0;
}

static int frozen_kind(enum error_kind k)
{
	switch (k) {
	case ERROR_NONE:
		return 0;
	case ERROR_INVALID:
		return 1;
	case ERROR_NOT_FOUND:
		return 2;
	case ERROR_CONFLICT:
		return 3;
	case ERROR_TOO_LARGE:
		return 4;
	case ERROR_EXEC:
		return 5;
	case ERROR_UNAVAILABLE:
		return 6;
	case ERROR_SYSTEM:
		return 7;
	}
	return -1;
}

static void test_numbers_are_frozen(void **state)
{
	for (int i = 1; i <= MSG_ENDED; i++)
		assert_int_equal(frozen_message((enum warden_message)i), i);
	for (int i = 1; i <= FIELD_ENDPOINT_FLAGS; i++)
		assert_int_equal(frozen_field((enum warden_field)i), i);
	for (int i = 0; i <= ERROR_SYSTEM; i++)
		assert_int_equal(frozen_kind((enum error_kind)i), i);
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
