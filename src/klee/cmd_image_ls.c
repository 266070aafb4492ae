/* Lists images. */
#include <stdio.h>

#include "klee/age.h"
#include "klee/commands.h"
#include "klee/klee.h"
#include "klee/table.h"

static const char *const titles[] = {"ID", "NAME", "TAG", "CREATED", NULL};

static void show(struct klee *k, const json_t *list)
{
	struct table t = {.titles = titles};
	json_t *image;
	size_t i;

	json_array_foreach (list, i, image) {
		time_t created = age_parse(klee_string(image, "created"));
		AUTO_FREE char *age = created < 0 ? xstrdup("") : age_words(created, time(NULL));

		table_add(&t, klee_string(image, "id"));
		table_add(&t, klee_string(image, "name"));
		table_add(&t, klee_string(image, "tag"));
		table_add(&t, age);
	}
	table_print(&t, stdout, k->fancy);
	table_free(&t);
}

static int run(struct klee *k, const struct args *args)
{
	return klee_list(k, args, "/images/list", show);
}

const struct command cmd_image_ls = {
	.group = "image",
	.name = "ls",
	.shortcut = "lsi",
	.arguments = "",
	.options = {format_options},
	.summary = "List images",
	.run = run,
};
