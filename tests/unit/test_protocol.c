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

static void test_setup(void **state)
{
	struct jail_endpoint endpoint = {
		.id = "00112233445f", .address[IPV4] = {AF_INET, 0x0a000002}};
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
	assert_int_equal(out.jail.endpoints[0].address[IPV4].family, AF_INET);
	assert_true(out.jail.endpoints[0].address[IPV4].value == 0x0a000002);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setup),
		cmocka_unit_test(test_incomplete_setup),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_start_without_command),
		cmocka_unit_test(test_first_of_two),
		cmocka_unit_test(test_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
