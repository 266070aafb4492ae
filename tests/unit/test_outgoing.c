/* SPDX-License-Identifier: BSD-2-Clause */
/* What a warden has to say, to somebody who is slow to read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "warden/outgoing.h"

#define MANY 5000 /* messages: far more than a socket takes */

static void say(struct outgoing *o, int fd, uint64_t number, const int *fds, size_t nfds)
{
	struct wire w = {0};

	wire_begin(&w, 1);
	wire_u64(&w, 1, number);
	assert_int_equal(outgoing_add(o, fd, &w, fds, nfds), 0);
	wire_free(&w);
}

static void hear(struct wire_conn *c, uint64_t number, size_t nfds)
{
	struct wire_message m;
	struct wire_field f;
	struct error err;

	assert_int_equal(wire_conn_wait(c, &m, 1000, &err), 1);
	assert_true(wire_next(&m, &f));
	assert_int_equal(wire_field_u64(&f), number);
	assert_int_equal(m.nfds, nfds);
	wire_message_free(&m);
}

static void test_nothing_is_lost(void **state)
{
	struct outgoing o = {0};
	struct wire_conn c = {0};
	int pair[2], pipes[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe(pipes), 0);
	c.fd = pair[1];
	for (uint64_t i = 0; i < MANY; i++)
		say(&o, pair[0], i, NULL, 0);
	assert_true(outgoing_waits(&o));
	say(&o, pair[0], MANY, pipes, 2);
	close(pipes[0]);
	close(pipes[1]); /* they are its own by now */
	for (uint64_t i = 0; i <= MANY; i++) {
		hear(&c, i, i == MANY ? 2 : 0);
		assert_int_equal(outgoing_flush(&o, pair[0]), 0);
	}
	assert_false(outgoing_waits(&o));
	assert_int_equal(o.bytes, 0);
	outgoing_free(&o);
	wire_conn_close(&c);
	close(pair[0]);
}

static void test_bounded(void **state)
{
	struct outgoing o = {0};
	struct wire w = {0};
	int pair[2], result;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	wire_begin(&w, 1);
	wire_str(&w, 1, "a message of some length, of which very many wait");
	do
		result = outgoing_add(&o, pair[0], &w, NULL, 0);
	while (result == 0 && o.bytes <= OUTGOING_MAX);
	assert_int_equal(result, -1);
	assert_true(o.bytes <= OUTGOING_MAX);
	outgoing_free(&o);
	assert_false(outgoing_waits(&o));
	wire_free(&w);
	close(pair[0]);
	close(pair[1]);
}

static void test_nobody_reads(void **state)
{
	struct outgoing o = {0};
	struct wire w = {0};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	for (uint64_t i = 0; i < MANY; i++)
		say(&o, pair[0], i, NULL, 0);
	close(pair[1]);
	assert_int_equal(outgoing_flush(&o, pair[0]), -1);
	wire_begin(&w, 1);
	assert_int_equal(outgoing_add(&o, pair[0], &w, NULL, 0), -1);
	wire_free(&w);
	outgoing_free(&o);
	close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
