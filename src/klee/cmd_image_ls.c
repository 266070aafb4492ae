/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists images: a line for each name of one. */
#include <string.h>

#include "klee/commands.h"
#include "klee/listing.h"
#include "klee/sizes.h"

static const struct column columns[] = {
	{"ID", "ID", false},
	{"NAME", "Repository", false},
	{"TAG", "Tag", false},
	{"CREATED", "CreatedSince", false},
	{0},
};

static const struct filter filters[] = {
	{"id", "ID", FILTER_BEGINNING},
	{"reference", "Reference", FILTER_REFERENCE},
	{"dangling", "Dangling", FILTER_EQUAL},
	{"label", "labels", FILTER_LABEL},
	{0},
};

/* nametag: one of its names, "": it has none. */
static json_t *named_row(const json_t *image, const char *nametag)
{
	AUTO_FREE char *name = xstrndup(nametag, strcspn(nametag, ":"));
	const char *tag = nametag[strlen(name)] == ':' ? nametag + strlen(name) + 1 : "";
	json_t *r = json_copy((json_t *)(uintptr_t)image);

	json_object_set_new(r, "ID", json_string(klee_string(image, "id")));
	json_object_set_new(r, "Repository", json_string(name));
	json_object_set_new(r, "Tag", json_string(tag));
	json_object_set_new(r, "Reference", json_string(nametag));
	json_object_set_new(r, "Dangling", json_boolean(*name == '\0'));
	json_object_set_new(r, "CreatedAt", json_string(klee_string(image, "created")));
	json_object_set_new(r, "CreatedSince", listing_age(image, "created"));
	json_object_set_new(r, "Size", size_text(image, "virtual_size"));
	json_object_set_new(r, "VirtualSize", size_text(image, "virtual_size"));
	json_object_set_new(r, "UniqueSize", size_text(image, "size"));
	return r;
}

static json_t *row(const json_t *image, bool whole)
{
	json_t *rows = json_array(), *item;
	size_t i;

	json_array_foreach (json_object_get(image, "names"), i, item)
		json_array_append_new(rows, named_row(image, json_string_value(item)));
	if (json_array_size(rows) == 0)
		json_array_append_new(rows, named_row(image, ""));
	return rows;
}

static int run(struct klee *k, const struct args *args)
{
	static const struct listing l = {.path = "/images/list",
		.columns = columns,
		.id = "ID",
		.filters = filters,
		.sizes = true,
		.row = row};

	return listing(k, args, &l);
}

const struct command cmd_image_ls = {
	.group = "image",
	.name = "ls",
	.shortcut = "lsi",
	.arguments = "",
	.options = {size_options, listing_options},
	.summary = "List images",
	.run = run,
};
