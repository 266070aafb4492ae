/* SPDX-License-Identifier: BSD-2-Clause */
/* `kleened init` and `kleened dryinit` on a table of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kleened/setup.h"

/* The state of the one item that a test looks at, reached from the functions by its arg. */
struct thing {
	enum setup_state now, later; /* later: after it was applied */
	int applied;
	bool fails;
};

static struct thing *thing(const struct setup_item *item)
{
	return (struct thing *)(uintptr_t)item->arg;
}

static enum setup_state check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	assert_string_equal(s->root, "the root");
	buffer_printf(note, "state %d", thing(item)->now);
	return thing(item)->now;
}

static int apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	struct thing *t = thing(item);

	t->applied++;
	if (t->fails)
		return error_set(err, ERROR_SYSTEM, "no way");
	buffer_puts(note, "made it");
	t->now = t->later;
	return 0;
}

/* Runs the table of this item, and of one that is in order; compares what is said of the first. */
static int run(struct thing *t, bool can_apply, bool init, const char *said)
{
	struct thing good = {.now = SETUP_OK};
	const struct setup_item items[] = {
		{"item", (const char *)t, check, can_apply ? apply : NULL},
		{"good", (const char *)&good, check, apply},
		{0},
	};
	const struct setup s = {.root = "the root", .firewall = ""};
	AUTO_FREE char *expected = xasprintf("%s\nok       good: state 0\n", said);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int missing;

	assert_non_null(out);
	missing = setup_run(items, &s, init, out);
	fclose(out);
	assert_string_equal(text, expected);
	assert_int_equal(good.applied, 0);
	free(text);
	return missing;
}

static void a_dry_run_changes_nothing(void **state)
{
	struct thing t = {.now = SETUP_MISSING};

	assert_int_equal(run(&t, true, false, "missing  item: state 3"), 1);
	assert_int_equal(t.applied, 0);
}

static void what_is_missing_is_made(void **state)
{
	struct thing t = {.now = SETUP_MISSING, .later = SETUP_OK};

	assert_int_equal(run(&t, true, true, "done     item: made it"), 0);
	assert_int_equal(t.applied, 1);
	assert_int_equal(run(&t, true, true, "ok       item: state 0"), 0);
	assert_int_equal(t.applied, 1);
}

static void what_a_reboot_makes_counts(void **state)
{
	struct thing t = {.now = SETUP_MISSING, .later = SETUP_REBOOT};

	assert_int_equal(run(&t, true, true, "reboot   item: made it"), 0);
	assert_int_equal(run(&t, true, true, "reboot   item: state 1"), 0);
	assert_int_equal(t.applied, 1);
}

static void advice_is_not_enforced(void **state)
{
	struct thing t = {.now = SETUP_ADVICE};

	assert_int_equal(run(&t, true, true, "advice   item: state 2"), 0);
	assert_int_equal(t.applied, 0);
}

static void what_cannot_be_made(void **state)
{
	struct thing refused = {.now = SETUP_MISSING, .fails = true};
	struct thing in_vain = {.now = SETUP_MISSING, .later = SETUP_MISSING};
	struct thing nobody_can = {.now = SETUP_MISSING};

	assert_int_equal(run(&refused, true, true, "failed   item: no way"), 1);
	assert_int_equal(run(&in_vain, true, true, "missing  item: state 3"), 1);
	assert_int_equal(run(&nobody_can, false, true, "missing  item: state 3"), 1);
}

static void the_host_has_a_table(void **state)
{
	assert_non_null(setup_items[0].name);
	for (const struct setup_item *item = setup_items; item->name != NULL; item++)
		assert_non_null(item->check);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dry_run_changes_nothing),
		cmocka_unit_test(what_is_missing_is_made),
		cmocka_unit_test(what_a_reboot_makes_counts),
		cmocka_unit_test(advice_is_not_enforced),
		cmocka_unit_test(what_cannot_be_made),
		cmocka_unit_test(the_host_has_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
