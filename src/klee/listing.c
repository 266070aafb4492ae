/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/listing.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "klee/age.h"
#include "klee/sizes.h"
#include "klee/table.h"
#include "klee/template.h"

#define TABLE "table" /* as a format, or in front of a template for a table's rows */

static const struct column size_column = {"SIZE", "Size", false}; /* behind the others */

static const char *const formats[] = {"json", TABLE, NULL};

const struct option listing_options[] = {
	{"format", 0, OPTION_OPEN, "json|table|TEMPLATE", formats,
		"form of the output; of a TEMPLATE {{.ID}} is a field, {{json .}} all"},
	{"quiet", 'q', OPTION_FLAG, NULL, NULL, "print the ids alone"},
	{"filter", 'f', OPTION_LIST, "KEY=VALUE", NULL, "only what is so"},
	{"no-trunc", 0, OPTION_FLAG, NULL, NULL, "shorten nothing"},
	{0},
};

json_t *listing_age(const json_t *object, const char *field)
{
	time_t then = age_parse(klee_string(object, field));
	AUTO_FREE char *words = then < 0 ? xstrdup("") : age_words(then, time(NULL));

	return json_string(words);
}

/* ---- which rows ---- */

static int by_creation(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(klee_string(*y, "created"), klee_string(*x, "created"));
}

/* Leaves the 'last' objects that were made last, the newest first. */
static json_t *take_last(json_t *list, long long last)
{
	size_t n = json_array_size(list);
	AUTO_FREE const json_t **items = xcalloc(n + 1, sizeof(json_t *));
	json_t *taken = json_array();

	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(list, i);
	qsort(items, n, sizeof(json_t *), by_creation);
	for (size_t i = 0; i < n && i < (size_t)last; i++)
		json_array_append(taken, (json_t *)(uintptr_t)items[i]);
	json_decref(list);
	return taken;
}

/* Appends the row, or those of a list, that the filters want; false if they want none. */
static bool add_matching(
	const struct listing *l, const struct strings *given, json_t *row, json_t *rows)
{
	bool found = false;
	json_t *one;
	size_t i;

	if (json_is_array(row)) {
		json_array_foreach (row, i, one)
			found |= add_matching(l, given, one, rows);
		return found;
	}
	if (!filters_match(l->filters, given, row))
		return false;
	json_array_append(rows, row);
	return true;
}

/* Takes from the list what the filters do not want, and returns the rows of the others. */
static json_t *choose(
	const struct listing *l, json_t *list, const struct strings *given, bool whole)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < json_array_size(list);) {
		json_t *row = l->row(json_array_get(list, i), whole);

		if (add_matching(l, given, row, rows))
			i++;
		else
			json_array_remove(list, i);
		json_decref(row);
	}
	return rows;
}

/* ---- how they are printed ---- */

/* Fills the table, without the first so many columns that can be spared; false: all that can be. */
static bool fill(struct table *t, const char **titles, const struct listing *l, const json_t *rows,
	size_t spared)
{
	const struct column *shown[TABLE_COLUMNS_MAX];
	size_t n = 0, left = spared, i;
	json_t *row;

	for (const struct column *c = l->columns; c->title != NULL; c++) {
		if (c->spare && left > 0) {
			left--;
			continue;
		}
		titles[n] = c->title;
		shown[n++] = c;
	}
	if (l->sizes) {
		titles[n] = size_column.title;
		shown[n++] = &size_column;
	}
	titles[n] = NULL;
	json_array_foreach (rows, i, row) {
		for (size_t c = 0; c < n; c++) {
			AUTO_FREE char *text = klee_text(json_object_get(row, shown[c]->field));

			table_add(t, text);
		}
	}
	return left == 0;
}

static void print_table(
	const struct klee *k, const struct listing *l, const json_t *rows, bool whole)
{
	const char *titles[TABLE_COLUMNS_MAX + 1];
	struct table t = {.titles = titles, .whole = whole};

	for (size_t spared = 0; fill(&t, titles, l, rows, spared) && !table_fits(&t, stdout);
		spared++)
		table_free(&t);
	table_print(&t, stdout, k->fancy);
	table_free(&t);
}

/* Each once, though it may have several rows. */
static void print_ids(const struct listing *l, const json_t *rows)
{
	const json_t *last = NULL;
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const json_t *id = json_object_get(row, l->id);
		AUTO_FREE char *text = klee_text(id);

		if (last == NULL || json_equal(last, id) == 0)
			puts(text);
		last = id;
	}
}

static int print_rows(const struct template *template, const json_t *rows, struct error *err)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		struct buffer text = {0};
		int rc = template_render(template, row, &text, err);

		if (rc == 0)
			puts(text.data != NULL ? text.data : "");
		buffer_free(&text);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* The cells of a rendered row, which tabs part. Returns how many there are. */
static size_t split(char *text, const char *cells[TABLE_COLUMNS_MAX])
{
	size_t n = 0;

	for (char *cell; n < TABLE_COLUMNS_MAX && (cell = strsep(&text, "\t")) != NULL;)
		cells[n++] = cell;
	return n;
}

/* An object as the rows are, with titles for values: what a template makes of it are its titles. */
static json_t *title_row(const struct listing *l, const json_t *rows)
{
	json_t *names = json_object(), *value;
	const char *key;

	json_object_foreach (json_array_get(rows, 0), key, value) {
		AUTO_FREE char *title = xstrdup(key);

		for (char *p = title; *p != '\0'; p++)
			*p = (char)toupper((unsigned char)*p);
		json_object_set_new(names, key, json_string(title));
	}
	for (size_t c = 0; l->columns[c].title != NULL; c++)
		json_object_set_new(names, l->columns[c].field, json_string(l->columns[c].title));
	json_object_set_new(names, size_column.field, json_string(size_column.title));
	return names;
}

/* Adds what the template makes of a row; the first has titles, and says how many cells there are.
 */
static int add_rendered(struct table *t, const struct template *template, const json_t *row,
	const char *titles[TABLE_COLUMNS_MAX + 1], struct strings *kept, struct error *err)
{
	const char *cells[TABLE_COLUMNS_MAX];
	struct buffer line = {0};
	size_t n;

	buffer_puts(&line, "");
	if (template_render(template, row, &line, err) < 0) {
		buffer_free(&line);
		return -1;
	}
	strings_take(kept, line.data);
	if (titles[0] == NULL) {
		split(line.data, titles);
		return 0;
	}
	n = split(line.data, cells);
	for (size_t c = 0; titles[c] != NULL; c++)
		table_add(t, c < n ? cells[c] : "");
	return 0;
}

static int print_template_table(const struct klee *k, const struct listing *l,
	const struct template *template, const json_t *rows, struct error *err)
{
	const char *titles[TABLE_COLUMNS_MAX + 1] = {NULL};
	AUTO(strings_free) struct strings kept = {0};
	struct table t = {.titles = titles, .whole = true};
	json_t *names = title_row(l, rows), *row;
	size_t i;
	int rc = add_rendered(&t, template, names, titles, &kept, err);

	if (json_array_size(rows) == 0)
		rc = 0; /* without rows nobody knows which fields there would be */
	json_array_foreach (rows, i, row)
		if (rc == 0)
			rc = add_rendered(&t, template, row, titles, &kept, err);
	if (rc == 0 && titles[0] != NULL)
		table_print(&t, stdout, k->fancy);
	table_free(&t);
	json_decref(names);
	return rc;
}

/* A template, or NULL with what else is wanted. -1 with *err. */
static int read_format(const char *format, struct template **t, bool *table, struct error *err)
{
	const char *text = format;

	*t = NULL;
	*table = format == NULL || strcmp(format, TABLE) == 0;
	if (*table || strcmp(format, "json") == 0)
		return 0;
	if (strncmp(format, TABLE " ", strlen(TABLE " ")) == 0) {
		*table = true;
		text += strlen(TABLE " ");
	}
	if (strstr(text, "{{") == NULL)
		return error_set(err, ERROR_INVALID,
			"--format: '%s' is none of: json, table, a template such as '{{.ID}}'",
			format);
	*t = template_parse(text, err);
	return *t == NULL ? -1 : 0;
}

/* Asks for the list, with sizes if they are wanted. */
static int ask(
	struct klee *k, const struct listing *l, bool sizes, json_t **list, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s%s", l->path,
		!sizes			       ? ""
		: strchr(l->path, '?') == NULL ? "?size=true"
					       : "&size=true");

	return klee_request(k, "GET", path, NULL, list, err);
}

int listing(struct klee *k, const struct args *args, const struct listing *given_listing)
{
	struct listing wanted = *given_listing, *l = &wanted;
	const char *format = args_value(args, "format");
	AUTO(template_free_at) struct template *template = NULL;
	AUTO(strings_free) struct strings given = {0};
	bool table, whole = args_flag(args, "no-trunc");
	struct error err = {0};
	json_t *list, *rows;
	int rc = 0;

	args_list(args, "filter", &given);
	if (read_format(format, &template, &table, &err) < 0 ||
		filters_check(l->filters, &given, &err) < 0 ||
		ask(k, l, l->sizes && sizes_wanted(args), &list, &err) < 0)
		return klee_failed(k, &err);
	l->sizes = l->sizes && args_flag(args, "size");
	if (l->last > 0)
		list = take_last(list, l->last);
	rows = choose(l, list, &given, whole);
	if (k->quiet)
		print_ids(l, rows);
	else if (template != NULL && table)
		rc = print_template_table(k, l, template, rows, &err);
	else if (template != NULL)
		rc = print_rows(template, rows, &err);
	else if (table)
		print_table(k, l, rows, whole);
	else
		klee_print_json(list);
	json_decref(list);
	json_decref(rows);
	return rc == 0 ? EXIT_SUCCESS : klee_failed(k, &err);
}
