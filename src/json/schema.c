/* SPDX-License-Identifier: BSD-2-Clause */
#include "json/schema.h"

#include <string.h>

#include "base/mem.h"

/* Where a value lies, for messages: "ContainerConfig.mounts[1].source". */
struct place {
	const struct place *outer; /* the object it lies in; NULL for the outermost */
	const char *name;
	size_t index; /* in the list of that name, or NO_INDEX */
};

#define NO_INDEX ((size_t)-1)

static void print_place(struct buffer *out, const struct place *at)
{
	if (at->outer) {
		print_place(out, at->outer);
		buffer_puts(out, ".");
	}
	buffer_puts(out, at->name);
	if (at->index != NO_INDEX)
		buffer_printf(out, "[%zu]", at->index);
}

static int wrong(const struct place *at, struct error *err, const char *why)
{
	AUTO(buffer_free) struct buffer text = {0};

	print_place(&text, at);
	return error_set(err, ERROR_INVALID, "%.400s: %s", text.data, why);
}

static json_t *expected(const struct place *at, struct error *err, const char *what)
{
	AUTO_FREE char *why = xasprintf("expected %s", what);

	wrong(at, err, why);
	return NULL;
}

static json_t *check_object(
	const struct schema *schema, json_t *value, const struct place *at, struct error *err);

static bool plain_string(const json_t *value)
{
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value);
}

static json_t *check_string(
	const struct field *f, json_t *value, const struct place *at, struct error *err)
{
	AUTO(buffer_free) struct buffer choice = {0};

	if (!json_is_string(value))
		return expected(at, err, "a string");
	if (!plain_string(value)) {
		wrong(at, err, "the string contains a NUL character");
		return NULL;
	}
	for (size_t i = 0; f->values && f->values[i]; i++)
		if (strcmp(f->values[i], json_string_value(value)) == 0)
			return json_incref(value);
	if (!f->values)
		return json_incref(value);
	for (size_t i = 0; f->values[i]; i++)
		buffer_printf(&choice, "%s%s", i ? ", " : "one of ",
			*f->values[i] ? f->values[i] : "\"\"");
	return expected(at, err, choice.data);
}

static json_t *check_boolean(json_t *value, const struct place *at, struct error *err)
{
	const char *text = json_string_value(value);

	if (json_is_boolean(value))
		return json_incref(value);
	if (text && strcmp(text, "true") == 0)
		return json_true();
	if (text && strcmp(text, "false") == 0)
		return json_false();
	return expected(at, err, "a boolean");
}

static json_t *check_integer(json_t *value, const struct place *at, struct error *err)
{
	return json_is_integer(value) ? json_incref(value) : expected(at, err, "an integer");
}

static json_t *check_number(json_t *value, const struct place *at, struct error *err)
{
	return json_is_number(value) ? json_incref(value) : expected(at, err, "a number");
}

static json_t *check_strings(json_t *value, const struct place *at, struct error *err)
{
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return expected(at, err, "a list of strings");
	json_array_foreach (value, i, item)
		if (!plain_string(item))
			return expected(at, err, "a list of strings");
	return json_incref(value);
}

static json_t *check_map(json_t *value, const struct place *at, struct error *err)
{
	const char *key;
	json_t *item;

	if (!json_is_object(value))
		return expected(at, err, "an object of strings");
	json_object_foreach (value, key, item)
		if (!plain_string(item))
			return expected(at, err, "an object of strings");
	return json_incref(value);
}

static json_t *check_list(
	const struct schema *of, json_t *value, const struct place *at, struct error *err)
{
	json_t *list, *item, *checked;
	size_t i;

	if (!json_is_array(value))
		return expected(at, err, "a list of objects");
	list = json_array();
	json_array_foreach (value, i, item) {
		struct place inner = {at->outer, at->name, i};

		checked = check_object(of, item, &inner, err);
		if (!checked) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, checked);
	}
	return list;
}

static json_t *check_pairs(json_t *value, const struct place *at, struct error *err)
{
	json_t *list, *item;
	size_t i;

	if (!json_is_array(value))
		return expected(at, err, "a list of lists of strings");
	json_array_foreach (value, i, item) {
		struct place inner = {at->outer, at->name, i};

		list = check_strings(item, &inner, err);
		if (!list)
			return NULL;
		json_decref(list);
	}
	return json_incref(value);
}

/* Returns a new reference to the value as it shall be, or NULL. */
static json_t *check_value(
	const struct field *f, json_t *value, const struct place *at, struct error *err)
{
	switch (f->type) {
	case SCHEMA_STRING:
		return check_string(f, value, at, err);
	case SCHEMA_BOOLEAN:
		return check_boolean(value, at, err);
	case SCHEMA_INTEGER:
		return check_integer(value, at, err);
	case SCHEMA_NUMBER:
		return check_number(value, at, err);
	case SCHEMA_STRINGS:
		return check_strings(value, at, err);
	case SCHEMA_OBJECT:
		return check_object(f->of, value, at, err);
	case SCHEMA_LIST:
		return check_list(f->of, value, at, err);
	case SCHEMA_MAP:
		return check_map(value, at, err);
	case SCHEMA_PAIRS:
		return check_pairs(value, at, err);
	}
	return NULL;
}

/* Checks one field and puts it into result. */
static int check_field(const struct field *f, json_t *value, json_t *result,
	const struct place *outer, struct error *err)
{
	struct place at = {outer, f->name, NO_INDEX};
	json_t *item = json_object_get(value, f->name);
	json_t *checked;

	if (item && !json_is_null(item)) {
		checked = check_value(f, item, &at, err);
		if (!checked)
			return -1;
	} else if (f->fallback) {
		json_t *fallback = json_loads(f->fallback, JSON_DECODE_ANY, NULL);

		/* an object has fields that are left out, too */
		checked = check_value(f, fallback, &at, err);
		json_decref(fallback);
		if (!checked)
			return -1;
	} else {
		return f->required ? wrong(&at, err, "is required") : 0;
	}
	json_object_set_new(result, f->name, checked);
	return 0;
}

static json_t *check_object(
	const struct schema *schema, json_t *value, const struct place *at, struct error *err)
{
	json_t *result;

	if (!json_is_object(value))
		return expected(at, err, "an object");
	result = json_object();
	for (const struct field *f = schema->fields; f->name; f++) {
		if (check_field(f, value, result, at, err)) {
			json_decref(result);
			return NULL;
		}
	}
	return result;
}

json_t *schema_check(const struct schema *schema, json_t *value, struct error *err)
{
	struct place outermost = {NULL, schema->name, NO_INDEX};

	return check_object(schema, value, &outermost, err);
}
