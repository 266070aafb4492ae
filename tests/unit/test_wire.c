/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between daemon and warden: what is sent arrives; what is malformed is refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/wire.h"

/* Two ends: raw writes what it likes, conn reads frames. */
struct ends {
	int raw;
	struct wire_conn conn;
};

static int make_ends(void **state)
{
	struct ends *e = xcalloc(1, sizeof(*e));
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	e->raw = fds[0];
	e->conn.fd = fds[1];
	*state = e;
	return 0;
}

static int free_ends(void **state)
{
	struct ends *e = *state;

	close_fd(&e->raw);
	wire_conn_close(&e->conn);
	assert_int_equal(e->conn.fd, -1);
	free(e);
	return 0;
}

static void send_raw(struct ends *e, const void *data, size_t len)
{
	assert_int_equal(write(e->raw, data, len), len);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void test_round_trip(void **state)
{
	struct ends *e = *state;
	AUTO(wire_free) struct wire w = {0};
	struct wire_message m;
	struct wire_field f;
	struct strings list = {0};
	struct error err;
	char *text;

	strings_add(&list, "one");
	strings_add(&list, "");
	wire_begin(&w, 77);
	wire_u64(&w, 1, UINT64_MAX - 5);
	wire_str(&w, 2, "text");
	wire_str(&w, 3, NULL);
	wire_strings(&w, 4, &list);
	wire_put(&w, 5, "a\0b", 3);
	assert_int_equal(wire_send(e->raw, &w, NULL, 0, 0, &err), 0);
	assert_int_equal(wire_conn_wait(&e->conn, &m, -1, &err), 1);

	assert_int_equal(m.type, 77);
	assert_int_equal(m.nfds, 0);
	assert_true(wire_next(&m, &f));
	assert_int_equal(f.tag, 1);
	assert_true(wire_field_u64(&f) == UINT64_MAX - 5);
	assert_true(wire_next(&m, &f));
	assert_int_equal(f.tag, 2);
	assert_int_equal(wire_field_u64(&f), 0); /* four bytes are no number */
	text = wire_field_str(&f);
	assert_string_equal(text, "text");
	free(text);
	assert_true(wire_next(&m, &f));
	assert_int_equal(f.tag, 4);
	assert_int_equal(f.len, 3);
	assert_true(wire_next(&m, &f));
	assert_int_equal(f.tag, 4);
	assert_int_equal(f.len, 0);
	assert_true(wire_next(&m, &f));
	assert_int_equal(f.len, 3);
	text = wire_field_str(&f);
	assert_string_equal(text, "a"); /* cut at the NUL */
	free(text);
	assert_false(wire_next(&m, &f));
	assert_false(wire_next(&m, &f));
	wire_message_free(&m);
	strings_free(&list);
}

static void test_byte_by_byte(void **state)
{
	struct ends *e = *state;
	AUTO(wire_free) struct wire w = {0};
	struct wire_message m;
	struct error err;
	int pair[2];
	char bytes[256];
	ssize_t len;

	wire_begin(&w, 5);
	wire_str(&w, 1, "hello");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(wire_send(pair[0], &w, NULL, 0, 0, &err), 0);
	assert_int_equal(wire_send(pair[0], &w, NULL, 0, 0, &err), 0);
	len = read(pair[1], bytes, sizeof(bytes));
	close(pair[0]);
	close(pair[1]);

	for (ssize_t i = 0; i < len; i++) {
		send_raw(e, bytes + i, 1);
		assert_int_equal(wire_conn_read(&e->conn, &err), 1);
		if (i + 1 == len / 2 || i + 1 == len) {
			assert_int_equal(wire_conn_next(&e->conn, &m, &err), 1);
			assert_int_equal(m.type, 5);
			wire_message_free(&m);
		}
		assert_int_equal(wire_conn_next(&e->conn, &m, &err), 0);
	}
}

static void test_descriptors(void **state)
{
	struct ends *e = *state;
	AUTO(wire_free) struct wire w = {0};
	struct wire_message m;
	struct error err;
	int pipes[2][2];
	char c = 0;

	assert_int_equal(pipe(pipes[0]), 0);
	assert_int_equal(pipe(pipes[1]), 0);
	wire_begin(&w, 9);
	assert_int_equal(wire_send(e->raw, &w, (int[]){pipes[0][1], pipes[1][1]}, 2, 0, &err), 0);
	assert_true(is_open(pipes[0][1])); /* stays the caller's */
	close(pipes[0][1]);
	close(pipes[1][1]);
	assert_int_equal(wire_conn_wait(&e->conn, &m, -1, &err), 1);
	assert_int_equal(m.nfds, 2);
	assert_true(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(m.fds[0], "x", 1), 1);
	assert_int_equal(write(m.fds[1], "y", 1), 1);
	assert_int_equal(read(pipes[0][0], &c, 1), 1);
	assert_int_equal(c, 'x');
	assert_int_equal(read(pipes[1][0], &c, 1), 1);
	assert_int_equal(c, 'y');
	wire_message_free(&m);
	assert_int_equal(read(pipes[0][0], &c, 1), 0); /* closed with the message */
	close(pipes[0][0]);
	close(pipes[1][0]);
}

/* Without room for what is handed over nothing is lost without a word. */
static void test_no_room_for_descriptors(void **state)
{
	struct ends *e = *state;
	AUTO(wire_free) struct wire w = {0};
	struct rlimit before, few;
	struct wire_message m;
	struct error err;
	int next;

	wire_begin(&w, 9);
	assert_int_equal(wire_send(e->raw, &w, (int[]){0, 0, 0}, 3, 0, &err), 0);
	next = dup(0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)next + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(wire_conn_wait(&e->conn, &m, -1, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(err.code, EMFILE);
}

static void test_too_many_descriptors(void **state)
{
	struct ends *e = *state;
	AUTO(wire_free) struct wire w = {0};
	struct error err;
	int fds[WIRE_FDS_MAX + 1] = {0};

	wire_begin(&w, 9);
	assert_int_equal(wire_send(e->raw, &w, fds, WIRE_FDS_MAX + 1, 0, &err), -1);
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
}

static void test_frame_too_long(void **state)
{
	struct ends *e = *state;
	AUTO(wire_free) struct wire w = {0};
	struct error err;
	char *data = xcalloc(1, WIRE_MAX);

	wire_begin(&w, 9);
	wire_put(&w, 1, data, WIRE_MAX);
	assert_int_equal(wire_send(e->raw, &w, NULL, 0, 0, &err), -1);
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	free(data);
}

static void expect_malformed(struct ends *e, const uint32_t *words, size_t n)
{
	struct wire_message m;
	struct error err;

	send_raw(e, words, n * sizeof(*words));
	assert_int_equal(wire_conn_wait(&e->conn, &m, -1, &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_int_not_equal(err.code, ETIMEDOUT);
}

static void test_length_beyond_limit(void **state)
{
	expect_malformed(*state, (uint32_t[]){WIRE_MAX + 1, 1, 0}, 3);
}

static void test_huge_length(void **state)
{
	expect_malformed(*state, (uint32_t[]){UINT32_MAX, 1, 0}, 3);
}

static void test_claims_too_many_descriptors(void **state)
{
	expect_malformed(*state, (uint32_t[]){0, 1, WIRE_FDS_MAX + 1}, 3);
}

static void test_descriptors_missing(void **state)
{
	expect_malformed(*state, (uint32_t[]){0, 1, 1}, 3);
}

/* Sends a frame with the words as its fields; returns how many fields are read from it. */
static size_t count_fields(struct ends *e, const uint32_t *words, size_t n)
{
	uint32_t header[3] = {(uint32_t)(n * sizeof(*words)), 1, 0};
	struct wire_message m;
	struct wire_field f;
	struct error err;
	size_t fields = 0;

	send_raw(e, header, sizeof(header));
	send_raw(e, words, n * sizeof(*words));
	assert_int_equal(wire_conn_wait(&e->conn, &m, -1, &err), 1);
	while (wire_next(&m, &f)) {
		assert_in_range((uintptr_t)f.data, (uintptr_t)m.fields.data,
			(uintptr_t)m.fields.data + m.fields.len - f.len);
		fields++;
	}
	wire_message_free(&m);
	return fields;
}

static void test_malformed_fields(void **state)
{
	struct ends *e = *state;

	assert_int_equal(count_fields(e, (uint32_t[]){1, 4, 0}, 3), 1);
	assert_int_equal(count_fields(e, (uint32_t[]){1, 0}, 2), 1);
	assert_int_equal(count_fields(e, (uint32_t[]){1, 5, 0}, 3), 0); /* longer than the frame */
	assert_int_equal(count_fields(e, (uint32_t[]){1, UINT32_MAX, 0}, 3), 0);
	assert_int_equal(count_fields(e, (uint32_t[]){1, UINT32_MAX - 7, 0}, 3), 0);
	assert_int_equal(count_fields(e, (uint32_t[]){1}, 1), 0); /* half a field's head */
	assert_int_equal(count_fields(e, (uint32_t[]){1, 4, 0, 2}, 4), 1);
	assert_int_equal(count_fields(e, NULL, 0), 0);
}

static void test_end_of_stream(void **state)
{
	struct ends *e = *state;
	struct wire_message m;
	struct error err;

	send_raw(e, "abc", 3); /* not even a header */
	close_fd(&e->raw);
	assert_int_equal(wire_conn_wait(&e->conn, &m, -1, &err), 0);
}

static void test_timeout(void **state)
{
	struct ends *e = *state;
	struct wire_message m;
	struct error err;

	assert_int_equal(wire_conn_wait(&e->conn, &m, 0, &err), -1);
	assert_int_equal(err.code, ETIMEDOUT);
	fcntl(e->conn.fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(wire_conn_read(&e->conn, &err), -1);
	assert_int_equal(err.code, EAGAIN);
}

static void test_full_socket_does_not_block(void **state)
{
	struct ends *e = *state;
	AUTO(wire_free) struct wire w = {0};
	struct error err;
	char *data = xcalloc(1, 1 << 20);
	int result;

	wire_begin(&w, 1);
	wire_put(&w, 1, data, 1 << 20);
	do
		result = wire_send(e->raw, &w, NULL, 0, MSG_DONTWAIT, &err);
	while (result == 0);
	assert_int_equal(err.code, EAGAIN);
	free(data);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_ends, free_ends)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_byte_by_byte),
		TEST(test_descriptors),
		TEST(test_no_room_for_descriptors),
		TEST(test_too_many_descriptors),
		TEST(test_frame_too_long),
		TEST(test_length_beyond_limit),
		TEST(test_huge_length),
		TEST(test_claims_too_many_descriptors),
		TEST(test_descriptors_missing),
		TEST(test_malformed_fields),
		TEST(test_end_of_stream),
		TEST(test_timeout),
		TEST(test_full_socket_does_not_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
