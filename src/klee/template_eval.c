/* SPDX-License-Identifier: BSD-2-Clause */
/* What a template makes of a value. */
#include <ctype.h>
#include <string.h>

#include "klee/klee.h"
#include "klee/template_private.h"

/* Whether two names of a field are the same but for case and underscores. */
static bool is_same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "_");
		b += strspn(b, "_");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
	}
}

json_t *template_field(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);
	const char *key;

	if (value != NULL)
		return value;
	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (is_same_name(key, name))
			return value;
	return NULL;
}

static int no_field(const json_t *object, const char *name, struct error *err)
{
	struct buffer names = {0};
	json_t *value;
	const char *key;

	if (!json_is_object(object))
		return error_set(err, ERROR_INVALID, "--format: '.%s' of what has no fields", name);
	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		buffer_printf(&names, "%s%s", names.len > 0 ? ", " : "", key);
	error_set(err, ERROR_INVALID, "--format: there is no field '%s', but: %s", name,
		names.data != NULL ? names.data : "none");
	buffer_free(&names);
	return -1;
}

/* A new reference to the field at the end of the path; NULL with *err. */
static json_t *walk(const json_t *value, const struct strings *path, struct error *err)
{
	json_t *at = (json_t *)(uintptr_t)value;

	for (size_t i = 0; i < path->n; i++) {
		json_t *field = template_field(at, path->v[i]);

		if (field == NULL) {
			no_field(at, path->v[i], err);
			return NULL;
		}
		at = field;
	}
	return json_incref(at);
}

static json_t *evaluate(const struct expression *e, const json_t *value, struct error *err)
{
	json_t *args[TEMPLATE_ARGS] = {NULL}, *result = NULL;
	size_t n = 0;

	if (e->kind == EXPRESSION_LITERAL)
		return json_incref(e->literal);
	if (e->kind == EXPRESSION_PATH)
		return walk(value, &e->path, err);
	while (n < e->nargs && (args[n] = evaluate(e->args[n], value, err)) != NULL)
		n++;
	if (n == e->nargs)
		result = e->kind == EXPRESSION_FIELD ? walk(args[0], &e->path, err)
						     : e->function->call(args, n, err);
	while (n > 0)
		json_decref(args[--n]);
	return result;
}

static int each(const struct template *t, const json_t *list, struct buffer *b, struct error *err)
{
	json_t *item;
	const char *key;
	size_t i;

	if (json_is_object(list)) {
		json_object_foreach ((json_t *)(uintptr_t)list, key, item)
			if (template_render(t->body, item, b, err) < 0)
				return -1;
		return 0;
	}
	if (!json_is_array(list) && !json_is_null(list))
		return error_set(err, ERROR_INVALID, "--format: 'range' over what is no list");
	json_array_foreach (list, i, item)
		if (template_render(t->body, item, b, err) < 0)
			return -1;
	return 0;
}

static int render_node(
	const struct template *t, const json_t *dot, struct buffer *b, struct error *err)
{
	json_t *value;
	int rc = 0;

	if (t->kind == NODE_TEXT) {
		buffer_puts(b, t->text);
		return 0;
	}
	value = evaluate(t->expression, dot, err);
	if (value == NULL)
		return -1;
	if (t->kind == NODE_SHOW) {
		AUTO_FREE char *text = klee_text(value);

		buffer_puts(b, text);
		if (t->expression->kind == EXPRESSION_CALL && t->expression->function->line)
			buffer_puts(b, "\n");
	} else if (!template_truth(value)) {
		rc = template_render(t->otherwise, dot, b, err);
	} else {
		rc = t->kind == NODE_IF ? template_render(t->body, dot, b, err)
					: each(t, value, b, err);
	}
	json_decref(value);
	return rc;
}

int template_render(
	const struct template *t, const json_t *value, struct buffer *b, struct error *err)
{
	for (; t != NULL; t = t->next)
		if (render_node(t, value, b, err) < 0)
			return -1;
	return 0;
}
