/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/filter.h"

#include <fnmatch.h>
#include <string.h>

#include "klee/klee.h"

static const struct filter *find(const struct filter *filters, const char *given)
{
	size_t len = strcspn(given, "=");

	for (const struct filter *f = filters; f->key != NULL; f++)
		if (strlen(f->key) == len && strncmp(f->key, given, len) == 0)
			return f;
	return NULL;
}

int filters_check(const struct filter *filters, const struct strings *given, struct error *err)
{
	struct buffer keys = {0};
	int rc = 0;

	for (const struct filter *f = filters; f->key != NULL; f++)
		buffer_printf(&keys, "%s%s", keys.len > 0 ? ", " : "", f->key);
	for (size_t i = 0; i < given->n && rc == 0; i++) {
		if (strchr(given->v[i], '=') == NULL)
			rc = error_set(
				err, ERROR_INVALID, "--filter: '%s' is not KEY=VALUE", given->v[i]);
		else if (find(filters, given->v[i]) == NULL)
			rc = error_set(err, ERROR_INVALID,
				"--filter: the key of '%s' is none of: %s", given->v[i], keys.data);
	}
	buffer_free(&keys);
	return rc;
}

static bool is_reference(const char *text, const char *value)
{
	size_t len = strcspn(text, ":");
	AUTO_FREE char *name = xstrndup(text, len);

	return fnmatch(value, text, 0) == 0 || fnmatch(value, name, 0) == 0;
}

static bool has_label(const json_t *labels, const char *value)
{
	size_t len = strcspn(value, "=");
	AUTO_FREE char *name = xstrndup(value, len);
	const char *label = json_string_value(json_object_get(labels, name));

	return label != NULL && (value[len] == '\0' || strcmp(label, value + len + 1) == 0);
}

static bool has_member(const json_t *list, const char *value)
{
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		const char *text = json_is_string(item) ? json_string_value(item)
				   : *klee_string(item, "source") != '\0'
					   ? klee_string(item, "source")
					   : klee_string(item, "network");

		if (strcmp(text, value) == 0)
			return true;
	}
	return false;
}

static bool matches(const struct filter *f, const json_t *row, const char *value)
{
	const json_t *field = json_object_get(row, f->field);
	AUTO_FREE char *text = field != NULL ? klee_text(field) : xstrdup("");

	switch (f->match) {
	case FILTER_EQUAL:
		return strcmp(text, value) == 0;
	case FILTER_BEGINNING:
		return strncmp(text, value, strlen(value)) == 0;
	case FILTER_PART:
		return strstr(text, value) != NULL;
	case FILTER_REFERENCE:
		return is_reference(text, value);
	case FILTER_LABEL:
		return has_label(field, value);
	case FILTER_MEMBER:
		return has_member(field, value);
	}
	return false;
}

bool filters_match(const struct filter *filters, const struct strings *given, const json_t *row)
{
	for (const struct filter *f = filters; f->key != NULL; f++) {
		bool asked = false, found = false;

		for (size_t i = 0; i < given->n; i++) {
			if (find(filters, given->v[i]) != f)
				continue;
			asked = true;
			found = found || matches(f, row, strchr(given->v[i], '=') + 1);
		}
		if (asked && !found)
			return false;
	}
	return true;
}
