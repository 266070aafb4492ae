/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists volumes. */
#include "klee/commands.h"
#include "klee/listing.h"
#include "klee/sizes.h"

static const struct column columns[] = {
	{"VOLUME NAME", "Name", false},
	{"CREATED", "CreatedSince", false},
	{0},
};

static const struct filter filters[] = {
	{"name", "Name", FILTER_PART},
	{0},
};

static json_t *row(const json_t *volume, bool whole)
{
	json_t *r = json_copy((json_t *)(uintptr_t)volume);

	json_object_set_new(r, "Name", json_string(klee_string(volume, "name")));
	json_object_set_new(r, "CreatedAt", json_string(klee_string(volume, "created")));
	json_object_set_new(r, "CreatedSince", listing_age(volume, "created"));
	json_object_set_new(r, "Size", size_text(volume, "size"));
	return r;
}

static int run(struct klee *k, const struct args *args)
{
	static const struct listing l = {.path = "/volumes/list",
		.columns = columns,
		.id = "Name",
		.filters = filters,
		.sizes = true,
		.row = row};

	return listing(k, args, &l);
}

const struct command cmd_volume_ls = {
	.group = "volume",
	.name = "ls",
	.shortcut = "lsv",
	.arguments = "",
	.options = {size_options, listing_options},
	.summary = "List volumes",
	.run = run,
};
