/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/field_options.h"

#include <string.h>

#include "klee/limit.h"

static int bad(const char *option, const char *text, const char *expected, struct error *err)
{
	error_set(err, ERROR_INVALID, "--%s: '%s' is no %s", option, text, expected);
	err->code = EXIT_KLEE_FAILED;
	return -1;
}

/* NULL with *err: NAME=VALUE it is not. */
static json_t *pairs(const struct field_option *f, const struct strings *given, struct error *err)
{
	json_t *object = json_object();

	for (size_t i = 0; i < given->n; i++) {
		const char *text = given->v[i], *equals = strchr(text, '=');
		size_t len = strcspn(text, "=");
		AUTO_FREE char *name = xstrndup(text, len);

		if (len > 0 && (equals != NULL || f->as == FIELD_LABELS) &&
			json_object_set_new(object, name, json_string(equals ? equals + 1 : "")) ==
				0)
			continue;
		bad(f->option, text, "NAME=VALUE", err);
		json_decref(object);
		return NULL;
	}
	return object;
}

/* A program, or a list of words as JSON has it. NULL with *err. */
static json_t *command(const struct field_option *f, const char *text, struct error *err)
{
	json_t *list, *word;
	size_t i;

	if (text[0] == '\0')
		return json_array();
	if (text[0] != '[')
		return json_pack("[s]", text);
	list = json_loads(text, 0, NULL);
	json_array_foreach (list, i, word)
		if (!json_is_string(word))
			break;
	if (list != NULL && i == json_array_size(list))
		return list;
	json_decref(list);
	bad(f->option, text, "list of words in JSON", err);
	return NULL;
}

/* The value of a field; NULL without an error: the option was not given. */
static json_t *value_of(const struct field_option *f, const struct args *args, struct error *err)
{
	AUTO(strings_free) struct strings given = {0};
	const char *text;
	long long n = 0;

	if (f->as == FIELD_TRUE)
		return args_flag(args, f->option) ? json_true() : NULL;
	if (f->as == FIELD_TEXTS || f->as == FIELD_PAIRS || f->as == FIELD_LABELS) {
		args_list(args, f->option, &given);
		if (given.n == 0)
			return NULL;
		return f->as == FIELD_TEXTS ? klee_json_strings(&given) : pairs(f, &given, err);
	}
	text = args_value(args, f->option);
	if (text == NULL)
		return NULL;
	if (f->as == FIELD_COMMAND)
		return command(f, text, err);
	if (f->as == FIELD_TEXT)
		return json_string(text);
	if ((f->as == FIELD_BYTES ? size_option(args, f->option, &n, err)
				  : args_number(args, f->option, 0, 0, &n, err)) != 0)
		return NULL;
	return json_integer(n);
}

int field_options(const struct field_option *table, const struct args *args, json_t *config,
	struct error *err)
{
	for (const struct field_option *f = table; f->option != NULL; f++) {
		json_t *value;

		err->kind = ERROR_NONE;
		value = value_of(f, args, err);
		if (value != NULL)
			json_object_set_new(config, f->field, value);
		else if (err->kind != ERROR_NONE)
			return -1;
	}
	return 0;
}
