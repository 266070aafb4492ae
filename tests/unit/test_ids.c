/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ids of the host's containers get: never two the same, root's known as such. */
#include "tree.h"

#include "host/linux/ids.h"

#define LARGE_ONES 1024 /* containers at a time that have a million ids */

static const struct ids_wanted none = {.n = 0};

static struct id_map *one(struct id_map *maps, size_t n)
{
	return maps + n;
}

static int by_outside(const void *a, const void *b)
{
	const struct id_extent *x = a, *y = b;

	return x->outside < y->outside ? -1 : x->outside > y->outside;
}

static void assert_apart(const struct id_map *maps, size_t n)
{
	struct id_extent *all = xcalloc(n * ARRAY_SIZE(maps->extents), sizeof(*all));
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < maps[i].n; k++)
			all[total++] = maps[i].extents[k];
	qsort(all, total, sizeof(*all), by_outside);
	assert_true(all[0].outside >= 0x80000000U);
	for (size_t i = 0; i + 1 < total; i++)
		assert_true(all[i].outside + all[i].count <= all[i + 1].outside);
	assert_true(all[total - 1].outside + (all[total - 1].count - 1) < 0xffff0000U);
	free(all);
}

/* More containers than there are large ranges: the rest have small ones, and what they want. */
static void test_many(void **state)
{
	const size_t n = LARGE_ONES + 50;
	struct ids_wanted wanted = {.n = 0};
	struct id_map *maps = xcalloc(n, sizeof(*maps));
	struct ids *ids = ids_new();
	struct error err;

	ids_want(&wanted, 70000);
	ids_want(&wanted, 5000000);
	ids_want(&wanted, 5000001);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ids_take(ids, &wanted, one(maps, i), &err), 0);
		assert_int_equal(maps[i].extents[0].count, i < LARGE_ONES ? IDS_LARGE : IDS_COUNT);
		assert_int_equal(maps[i].n, i < LARGE_ONES ? 2 : 3);
		assert_true(id_map_has(one(maps, i), 70000));
		assert_true(id_map_has(one(maps, i), 5000001));
		assert_int_equal(id_map_has(one(maps, i), 1000000), i < LARGE_ONES);
		for (size_t k = 0; k < maps[i].n; k++) {
			assert_int_equal(ids_is_root(maps[i].extents[k].outside), k == 0);
			assert_false(ids_is_root(maps[i].extents[k].outside + 1));
		}
		assert_false(ids_is_root(maps[i].extents[0].outside + 65536) && i < LARGE_ONES);
	}
	assert_apart(maps, n);
	/* what one had, the next gets */
	ids_drop(ids, one(maps, 7));
	assert_int_equal(ids_take(ids, &none, one(maps, 7), &err), 0);
	assert_int_equal(maps[7].extents[0].count, IDS_LARGE);
	assert_apart(maps, n);
	ids_free(ids);
	free(maps);
}

static void test_wanted(void **state)
{
	struct ids_wanted wanted = {.n = 0};
	struct ids *ids = ids_new();
	struct id_map map;
	struct error err;

	ids_want(&wanted, 5);
	ids_want(&wanted, UINT32_MAX - 1); /* next to what the kernel takes for "none" */
	ids_want(&wanted, 0x80000000U);
	for (uint32_t i = 0; i < 2 * IDS_WANTED_MAX; i++)
		ids_want(&wanted, 0x90000000U + i * IDS_COUNT);
	assert_int_equal(wanted.n, IDS_WANTED_MAX);
	assert_int_equal(ids_take(ids, &wanted, &map, &err), 0);
	assert_true(id_map_has(&map, 0x80000000U));
	assert_false(id_map_has(&map, UINT32_MAX - 1));
	assert_int_equal(map.n, 1 + IDS_WANTED_MAX - 2);
	assert_apart(&map, 1);
	ids_free(ids);
}

/* A container that does not get all that it wants leaves to others what it has got. */
static void test_too_much_is_wanted(void **state)
{
	struct ids_wanted wanted = {.n = 0};
	struct ids *ids = ids_new();
	struct id_map map;
	struct error err;
	size_t n = 0; /* who has got all */

	for (uint32_t i = 0; i < IDS_WANTED_MAX; i++)
		ids_want(&wanted, 0x90000000U + i * IDS_COUNT);
	while (ids_take(ids, &wanted, &map, &err) == 0)
		n++;
	assert_int_equal(ids_take(ids, &wanted, &map, &err), -1);
	for (; n < LARGE_ONES; n++) {
		assert_int_equal(ids_take(ids, &none, &map, &err), 0);
		assert_int_equal(map.extents[0].count, IDS_LARGE);
	}
	ids_free(ids);
}

/* What an earlier version has started goes on, and nothing new is started where users may be. */
static void test_those_of_an_earlier_version(void **state)
{
	assert_true(ids_is_root(0x70000000U));
	assert_true(ids_is_root(0x70000000U + 5 * IDS_COUNT));
	assert_false(ids_is_root(0x70000000U + 1));
	assert_false(ids_is_root(0x70000000U - IDS_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_too_much_is_wanted),
		cmocka_unit_test(test_those_of_an_earlier_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
