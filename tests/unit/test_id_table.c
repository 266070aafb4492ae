/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known by id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/id_table.h"
#include "base/mem.h"

#define MANY 5000

static const char *id_of(int i)
{
	static char id[ID_LEN + 1];

	snprintf(id, sizeof(id), "%012x", i);
	return id;
}

static void test_many(void **state)
{
	struct id_table t = {0};
	struct id_cursor at = {0};
	static int values[MANY];
	const int *value;
	size_t n = 0;

	assert_null(id_table_get(&t, id_of(1)));
	assert_null(id_table_take(&t, id_of(1)));
	assert_null(id_table_next(&t, &at));
	for (int i = 0; i < MANY; i++)
		id_table_put(&t, id_of(i), &values[i]);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(id_table_get(&t, id_of(i)), &values[i]);
	for (int i = 0; i < MANY; i += 2)
		assert_ptr_equal(id_table_take(&t, id_of(i)), &values[i]);
	at = (struct id_cursor){0};
	while ((value = id_table_next(&t, &at)) != NULL) { /* taken on the way */
		assert_int_equal((value - values) % 2, 1);
		assert_ptr_equal(id_table_take(&t, id_of((int)(value - values))), value);
		n++;
	}
	assert_int_equal(n, MANY / 2);
	assert_int_equal(t.n, 0);
	id_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
