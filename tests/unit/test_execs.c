/* SPDX-License-Identifier: BSD-2-Clause */
/* Execution instances: created, started once, forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/execs.h"

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

static time_t later; /* seconds that have passed beside the real ones */

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = __real_clock_gettime(id, ts);

	ts->tv_sec += later;
	return rc;
}

#define CONTAINER "0123456789ab"

static void create(struct execs *x, const char *container, char id[ID_LEN + 1])
{
	struct exec e = {.tty = true, .user = xstrdup("www")};

	memcpy(e.container, container, ID_LEN);
	strings_add(&e.cmd, "/bin/sh");
	strings_add(&e.env, "A=1");
	assert_int_equal(execs_create(x, &e, id, NULL), 0);
	assert_int_equal(e.cmd.n, 0); /* taken over */
	assert_true(id_valid(id));
}

static void test_started_once(void **state)
{
	struct execs *x = execs_new();
	struct exec e, again;
	struct error err;
	char id[ID_LEN + 1];

	create(x, CONTAINER, id);
	assert_int_equal(execs_start(x, id, &e, &err), 0);
	assert_int_equal(e.state, EXEC_CREATED);
	assert_string_equal(e.container, CONTAINER);
	assert_string_equal(e.cmd.v[0], "/bin/sh");
	assert_string_equal(e.env.v[0], "A=1");
	assert_string_equal(e.user, "www");
	assert_true(e.tty);
	assert_int_equal(execs_start(x, id, &again, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	execs_running(x, id);
	assert_int_equal(execs_start(x, id, &again, &err), 0);
	assert_int_equal(again.state, EXEC_RUNNING);
	exec_free(&again);
	exec_free(&e);
	execs_remove(x, id);
	assert_int_equal(execs_get(x, id, &e, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	execs_free(x);
}

static void test_remove_container(void **state)
{
	struct execs *x = execs_new();
	struct exec e;
	struct error err;
	char mine[2][ID_LEN + 1], other[ID_LEN + 1];

	create(x, CONTAINER, mine[0]);
	create(x, "ba9876543210", other);
	create(x, CONTAINER, mine[1]);
	execs_found(x, "111111111111", CONTAINER, false);
	execs_remove_container(x, CONTAINER);
	for (int i = 0; i < 2; i++)
		assert_int_equal(execs_get(x, mine[i], &e, &err), -1);
	assert_int_equal(execs_get(x, "111111111111", &e, &err), -1);
	assert_int_equal(execs_get(x, other, &e, &err), 0);
	exec_free(&e);
	execs_free(x);
}

static void test_found(void **state)
{
	struct execs *x = execs_new();
	struct exec e;
	struct error err;

	execs_found(x, "111111111111", CONTAINER, true);
	assert_int_equal(execs_get(x, "111111111111", &e, &err), 0);
	assert_int_equal(e.state, EXEC_RUNNING);
	assert_true(e.tty);
	exec_free(&e);
	execs_free(x);
}

/* A warden that is asked again names what runs; what it does not name has ended. */
static void test_settled(void **state)
{
	struct execs *x = execs_new();
	struct exec e;
	struct error err;
	char created[ID_LEN + 1];

	create(x, CONTAINER, created);
	execs_found(x, "111111111111", CONTAINER, false);
	execs_found(x, "222222222222", CONTAINER, false);
	execs_found(x, "333333333333", "ba9876543210", false);
	execs_doubt(x, CONTAINER);
	execs_found(x, "222222222222", CONTAINER, false);
	execs_found(x, "444444444444", CONTAINER, false); /* started meanwhile */
	execs_settle(x, CONTAINER);
	assert_int_equal(execs_get(x, "111111111111", &e, &err), -1);
	for (const char *const *id = (const char *[]){"222222222222", "333333333333",
		     "444444444444", created, NULL};
		*id != NULL; id++) {
		assert_int_equal(execs_get(x, *id, &e, &err), 0);
		exec_free(&e);
	}
	execs_free(x);
}

/* Nobody can fill the memory with instances that are never started. */
static void test_oldest_forgotten(void **state)
{
	struct execs *x = execs_new();
	struct exec e;
	struct error err;
	char first[ID_LEN + 1], started[ID_LEN + 1], last[ID_LEN + 1];

	create(x, CONTAINER, started);
	assert_int_equal(execs_start(x, started, &e, &err), 0);
	exec_free(&e);
	create(x, CONTAINER, first);
	for (int i = 0; i < 4096; i++)
		create(x, CONTAINER, last);
	assert_int_equal(execs_get(x, first, &e, &err), -1);
	assert_int_equal(execs_get(x, last, &e, &err), 0);
	exec_free(&e);
	assert_int_equal(execs_get(x, started, &e, &err), 0); /* in use: never forgotten */
	exec_free(&e);
	execs_free(x);
}

/* An instance with that many variables of a KiB. */
static int create_large(struct execs *x, size_t kib, char id[ID_LEN + 1], struct error *err)
{
	struct exec e = {.user = xstrdup("")};
	char text[1024];

	memcpy(e.container, CONTAINER, ID_LEN);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < kib; i++)
		strings_add(&e.env, text);
	return execs_create(x, &e, id, err);
}

/* 300 of the largest there can be take no more memory than the newest few of them. */
static void test_memory_is_bounded(void **state)
{
	struct execs *x = execs_new();
	struct error err = {0};
	struct exec e;
	char ids[300][ID_LEN + 1], small[ID_LEN + 1];
	size_t kept = 0;

	assert_int_equal(create_large(x, 4 * 1024, ids[0], &err), -1);
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(create_large(x, 3900, ids[i], &err), 0);
	for (size_t i = 0; i < 300; i++) {
		if (execs_get(x, ids[i], &e, &err) != 0)
			continue;
		exec_free(&e);
		kept++;
	}
	assert_in_range(kept, 7, 8);
	create(x, CONTAINER, small);
	assert_int_equal(execs_get(x, ids[299], &e, &err), 0);
	exec_free(&e);
	/* what has been started counts no more */
	for (size_t i = 0; i < 300; i++)
		if (execs_start(x, ids[i], &e, &err) == 0)
			exec_free(&e);
	assert_int_equal(create_large(x, 3900, ids[0], &err), 0);
	assert_int_equal(execs_get(x, small, &e, &err), 0);
	exec_free(&e);
	execs_free(x);
}

static void test_expires(void **state)
{
	struct execs *x = execs_new();
	struct exec e;
	struct error err;
	char old[ID_LEN + 1], started[ID_LEN + 1], new[ID_LEN + 1], last[ID_LEN + 1];

	create(x, CONTAINER, old);
	create(x, CONTAINER, started);
	assert_int_equal(execs_start(x, started, &e, &err), 0);
	exec_free(&e);
	later += 599;
	create(x, CONTAINER, new);
	assert_int_equal(execs_get(x, old, &e, &err), 0);
	exec_free(&e);
	later += 2;
	create(x, CONTAINER, last);
	assert_int_equal(execs_get(x, old, &e, &err), -1);
	assert_int_equal(execs_get(x, new, &e, &err), 0);
	exec_free(&e);
	assert_int_equal(execs_get(x, started, &e, &err), 0);
	exec_free(&e);
	execs_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_started_once),
		cmocka_unit_test(test_remove_container),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_oldest_forgotten),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
