/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of templates, a row each. */
#include <ctype.h>
#include <string.h>

#include "klee/klee.h"
#include "klee/template_private.h"

bool template_truth(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_OBJECT:
		return json_object_size(value) > 0;
	case JSON_INTEGER:
	case JSON_REAL:
		return json_number_value(value) != 0;
	default:
		return json_is_true(value);
	}
}

static json_t *wrong(struct error *err, const char *why)
{
	error_set(err, ERROR_INVALID, "--format: %s", why);
	return NULL;
}

static json_t *to_json(json_t *const *args, size_t n, struct error *err)
{
	AUTO_FREE char *text = klee_json_text(args[0], JSON_COMPACT);

	return json_string(text);
}

static json_t *in_case(const json_t *value, int (*change)(int))
{
	AUTO_FREE char *text = klee_text(value);

	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x80)
			*p = (char)change((unsigned char)*p);
	return json_string(text);
}

static json_t *upper(json_t *const *args, size_t n, struct error *err)
{
	return in_case(args[0], toupper);
}

static json_t *lower(json_t *const *args, size_t n, struct error *err)
{
	return in_case(args[0], tolower);
}

static json_t *length(json_t *const *args, size_t n, struct error *err)
{
	if (json_is_string(args[0]))
		return json_integer((json_int_t)json_string_length(args[0]));
	if (json_is_object(args[0]))
		return json_integer((json_int_t)json_object_size(args[0]));
	return json_integer((json_int_t)json_array_size(args[0]));
}

static json_t *join(json_t *const *args, size_t n, struct error *err)
{
	const char *between = json_string_value(args[1]);
	struct buffer b = {0};
	json_t *item, *result;
	size_t i;

	if (!json_is_array(args[0]) || between == NULL)
		return wrong(err, "'join' takes a list and a text");
	buffer_puts(&b, "");
	json_array_foreach (args[0], i, item) {
		AUTO_FREE char *text = klee_text(item);

		buffer_printf(&b, "%s%s", i > 0 ? between : "", text);
	}
	result = json_string(b.data);
	buffer_free(&b);
	return result;
}

static json_t *at_index(json_t *const *args, size_t n, struct error *err)
{
	json_t *at = args[0];

	for (size_t i = 1; i < n && at != NULL; i++) {
		if (json_is_array(at) && json_is_integer(args[i]))
			at = json_array_get(at, (size_t)json_integer_value(args[i]));
		else if (json_is_object(at) && json_is_string(args[i]))
			at = json_object_get(at, json_string_value(args[i]));
		else
			at = NULL;
	}
	return at != NULL ? json_incref(at) : wrong(err, "'index' finds nothing there");
}

static json_t *println(json_t *const *args, size_t n, struct error *err)
{
	return n > 0 ? json_incref(args[0]) : json_string("");
}

static bool is_equal(const json_t *a, const json_t *b)
{
	return json_is_number(a) && json_is_number(b)
		       ? !(json_number_value(a) < json_number_value(b)) &&
				 !(json_number_value(a) > json_number_value(b))
		       : json_equal(a, b) == 1;
}

static json_t *equal(json_t *const *args, size_t n, struct error *err)
{
	for (size_t i = 1; i < n; i++)
		if (is_equal(args[0], args[i]))
			return json_true();
	return json_false();
}

static json_t *unequal(json_t *const *args, size_t n, struct error *err)
{
	return json_boolean(!is_equal(args[0], args[1]));
}

static json_t *negate(json_t *const *args, size_t n, struct error *err)
{
	return json_boolean(!template_truth(args[0]));
}

/* The first that decides, or the last. */
static json_t *decide(json_t *const *args, size_t n, bool decisive)
{
	size_t i = 0;

	while (i + 1 < n && template_truth(args[i]) != decisive)
		i++;
	return json_incref(args[i]);
}

static json_t *all_of(json_t *const *args, size_t n, struct error *err)
{
	return decide(args, n, false);
}

static json_t *any_of(json_t *const *args, size_t n, struct error *err)
{
	return decide(args, n, true);
}

const struct function *template_function(const char *name)
{
	static const struct function functions[] = {
		{"json", 1, 1, to_json, false},
		{"upper", 1, 1, upper, false},
		{"lower", 1, 1, lower, false},
		{"len", 1, 1, length, false},
		{"join", 2, 2, join, false},
		{"index", 2, TEMPLATE_ARGS, at_index, false},
		{"println", 0, 1, println, true},
		{"eq", 2, TEMPLATE_ARGS, equal, false},
		{"ne", 2, 2, unequal, false},
		{"not", 1, 1, negate, false},
		{"and", 1, TEMPLATE_ARGS, all_of, false},
		{"or", 1, TEMPLATE_ARGS, any_of, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}
