/* Lists images. */
#include "klee/commands.h"
#include "klee/listing.h"

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

static json_t *row(const json_t *image, bool whole)
{
	const char *name = klee_string(image, "name"), *tag = klee_string(image, "tag");
	json_t *r = json_copy((json_t *)(uintptr_t)image);

	json_object_set_new(r, "ID", json_string(klee_string(image, "id")));
	json_object_set_new(r, "Repository", json_string(name));
	json_object_set_new(r, "Tag", json_string(tag));
	json_object_set_new(r, "Reference", json_sprintf("%s:%s", name, tag));
	json_object_set_new(r, "Dangling", json_boolean(*name == '\0'));
	json_object_set_new(r, "CreatedAt", json_string(klee_string(image, "created")));
	json_object_set_new(r, "CreatedSince", listing_age(image, "created"));
	return r;
}

static int run(struct klee *k, const struct args *args)
{
	static const struct listing l = {.path = "/images/list",
		.columns = columns,
		.id = "ID",
		.filters = filters,
		.row = row};

	return listing(k, args, &l);
}

const struct command cmd_image_ls = {
	.group = "image",
	.name = "ls",
	.shortcut = "lsi",
	.arguments = "",
	.options = {listing_options},
	.summary = "List images",
	.run = run,
};
