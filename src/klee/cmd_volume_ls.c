/* Lists volumes. */
#include <stdio.h>

#include "klee/age.h"
#include "klee/commands.h"
#include "klee/klee.h"
#include "klee/table.h"

static const char *const titles[] = {"VOLUME NAME", "CREATED", NULL};

static void show(struct klee *k, const json_t *list)
{
	struct table t = {.titles = titles};
	json_t *volume;
	size_t i;

	json_array_foreach (list, i, volume) {
		time_t created = age_parse(klee_string(volume, "created"));
		AUTO_FREE char *age = created < 0 ? xstrdup("") : age_words(created, time(NULL));

		table_add(&t, klee_string(volume, "name"));
		table_add(&t, age);
	}
	table_print(&t, stdout, k->fancy);
	table_free(&t);
}

static int run(struct klee *k, const struct args *args)
{
	return klee_list(k, args, "/volumes/list", show);
}

const struct command cmd_volume_ls = {
	.group = "volume",
	.name = "ls",
	.shortcut = "lsv",
	.arguments = "",
	.options = {format_options},
	.summary = "List volumes",
	.run = run,
};
