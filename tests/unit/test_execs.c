/* Execution instances: created, started once, forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kleened/execs.h"

#define CONTAINER "0123456789ab"

static void create(struct execs *x, const char *container, char id[ID_LEN + 1])
{
	struct exec e = {.tty = true, .user = xstrdup("www")};

	memcpy(e.container, container, ID_LEN);
	strings_add(&e.cmd, "/bin/sh");
	strings_add(&e.env, "A=1");
	execs_create(x, &e, id);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_started_once),
		cmocka_unit_test(test_remove_container),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_oldest_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
