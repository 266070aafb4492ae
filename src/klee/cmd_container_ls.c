/* Lists containers: the running ones, or all. */
#include <stdio.h>
#include <string.h>

#include "klee/age.h"
#include "klee/commands.h"
#include "klee/klee.h"
#include "klee/table.h"

#define COMMAND_WIDTH 40 /* bytes of a command shown in the table */

static const char *const titles[] = {
	"CONTAINER ID", "NAME", "IMAGE", "COMMAND", "CREATED", "AUTORUN", "STATUS", "JID", NULL};

static const struct option ls_options[] = {
	{"all", 'a', OPTION_FLAG, NULL, NULL, "show stopped containers too"},
	{0},
};

static void add_command(struct table *t, const json_t *cmd)
{
	struct buffer b = {0};
	json_t *word;
	size_t i;

	buffer_puts(&b, "");
	json_array_foreach (cmd, i, word)
		if (json_is_string(word))
			buffer_printf(&b, "%s%s", i == 0 ? "" : " ", json_string_value(word));
	if (b.len > COMMAND_WIDTH) {
		size_t end = COMMAND_WIDTH - 3;

		while (end > 0 && ((unsigned char)b.data[end] & 0xc0) == 0x80)
			end--; /* not inside a character of UTF-8 */
		memcpy(b.data + end, "...", 4);
	}
	table_add(t, b.data);
	buffer_free(&b);
}

static void add_row(struct table *t, const json_t *container)
{
	const char *image = klee_string(container, "image_name");
	const char *tag = klee_string(container, "image_tag");
	const char *policy = klee_string(container, "restart_policy");
	const char *status = klee_string(container, "status");
	const json_t *jid = json_object_get(container, "jid");
	time_t created = age_parse(klee_string(container, "created"));
	AUTO_FREE char *age = created < 0 ? xstrdup("") : age_words(created, time(NULL));
	AUTO_FREE char *reference = *image == '\0' ? xstrdup(klee_string(container, "image_id"))
						   : xasprintf("%s:%s", image, tag);
	AUTO_FREE char *number = json_is_integer(jid)
					 ? xasprintf("%lld", (long long)json_integer_value(jid))
					 : xstrdup("");

	if (*status == '\0')
		status =
			json_is_true(json_object_get(container, "running")) ? "running" : "stopped";
	table_add(t, klee_string(container, "id"));
	table_add(t, klee_string(container, "name"));
	table_add(t, reference);
	add_command(t, json_object_get(container, "cmd"));
	table_add(t, age);
	table_add(t, strcmp(policy, "on-startup") == 0 ? "yes" : policy);
	table_add(t, status);
	table_add(t, number);
}

static void show(struct klee *k, const json_t *list)
{
	struct table t = {.titles = titles};
	json_t *container;
	size_t i;

	json_array_foreach (list, i, container)
		add_row(&t, container);
	table_print(&t, stdout, k->fancy);
	table_free(&t);
}

static int run(struct klee *k, const struct args *args)
{
	return klee_list(k, args,
		args_flag(args, "all") ? "/containers/list?all=true" : "/containers/list?all=false",
		show);
}

const struct command cmd_container_ls = {
	.group = "container",
	.name = "ls",
	.shortcut = "lsc",
	.arguments = "",
	.options = {ls_options, format_options},
	.summary = "List containers",
	.run = run,
};
