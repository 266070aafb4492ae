/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/jailparam_values.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "params/words.h"

#define TEXT_MAX_LEN 255

/* One parameter as the user wrote it. */
struct given {
	const char *text; /* all of it, for errors */
	size_t len; /* of the name */
	const char *value; /* behind the '=', NULL: none */
	bool append; /* += */
	bool negated;
	enum host_system system;
};

/* ---- names ---- */

static const struct jailparam *find(const char *name, size_t len)
{
	for (size_t i = 0; i < jailparam_count; i++) {
		const char *known = jailparam_table[i].name;

		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return &jailparam_table[i];
	}
	return NULL;
}

const struct jailparam *jailparam_named(const char *name)
{
	return find(name, strlen(name));
}

/*
 * Finds a boolean, or a list of commands, by its name with "no" in front of the last part:
 * mount.nodevfs, exec.nostop.
 */
static const struct jailparam *find_negated(const char *text, size_t len)
{
	AUTO_FREE char *name = xstrndup(text, len);
	char *last = strrchr(name, '.');
	const struct jailparam *p;

	last = last ? last + 1 : name;
	if (strncmp(last, "no", 2) != 0)
		return NULL;
	memmove(last, last + 2, strlen(last + 2) + 1);
	p = find(name, strlen(name));
	return p != NULL && (p->type == JAILPARAM_BOOLEAN || p->type == JAILPARAM_COMMANDS) ? p
											    : NULL;
}

static int unknown(const char *text, size_t len, struct error *err)
{
	AUTO_FREE char *name = xstrndup(text, len);
	AUTO(strings_free) struct strings names = {0};
	AUTO_FREE char *meant = NULL;

	for (size_t i = 0; i < jailparam_count; i++)
		strings_add(&names, jailparam_table[i].name);
	meant = suggest_text(name, &names);
	return error_set(err, ERROR_INVALID, "unknown jail parameter '%s'%s", name, meant);
}

/* ---- values ---- */

static int needs_value(const struct given *g, struct error *err)
{
	return error_set(err, ERROR_INVALID, "jail parameter '%s' needs a value", g->text);
}

static int read_boolean(const struct given *g, struct strings *to, struct error *err)
{
	bool on = !g->negated;

	if (g->value != NULL) {
		on = strcmp(g->value, "true") == 0 || strcmp(g->value, "1") == 0;
		if (!on && strcmp(g->value, "false") != 0 && strcmp(g->value, "0") != 0)
			return error_set(err, ERROR_INVALID,
				"jail parameter '%s': expected true or false", g->text);
	}
	strings_add(to, on ? "true" : "false");
	return 0;
}

static int read_number(
	const struct jailparam *p, const struct given *g, struct strings *to, struct error *err)
{
	const struct jailparam_on *on = &p->on[g->system];
	bool own = on->min != 0 || on->max != 0, common = p->min != 0 || p->max != 0;
	long min = own ? on->min : common ? p->min : INT_MIN;
	long max = own ? on->max : common ? p->max : INT_MAX;
	char *end;
	long n;

	if (g->value == NULL)
		return needs_value(g, err);
	errno = 0;
	n = strtol(g->value, &end, 10);
	if (errno == 0 && *end == '\0' && n >= min && n <= max &&
		(isdigit((unsigned char)g->value[0]) ||
			(g->value[0] == '-' && isdigit((unsigned char)g->value[1])))) {
		strings_take(to, xasprintf("%ld", n));
		return 0;
	}
	if (min == max)
		return error_set(err, ERROR_INVALID,
			"jail parameter '%s': on %s only %ld can be given", g->text,
			host_system_names[g->system], min);
	return error_set(err, ERROR_INVALID,
		"jail parameter '%s': expected a number%s from %ld to %ld%s%s", g->text,
		p->type == JAILPARAM_SECONDS ? " of seconds" : "", min, max, own ? " on " : "",
		own ? host_system_names[g->system] : "");
}

static bool printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (iscntrl((unsigned char)*text) && *text != '\t')
			return false;
	return true;
}

static int read_text(const struct given *g, struct strings *to, struct error *err)
{
	char *text;

	if (g->value == NULL)
		return needs_value(g, err);
	text = words_unquote(g->value, err);
	if (text == NULL)
		return error_prefix(err, "jail parameter '%s'", g->text);
	strings_take(to, text);
	if (strlen(text) > TEXT_MAX_LEN)
		return error_set(err, ERROR_INVALID,
			"jail parameter '%s': longer than %d characters", g->text, TEXT_MAX_LEN);
	if (!printable(text))
		return error_set(err, ERROR_INVALID,
			"jail parameter '%s': there is a control character in it", g->text);
	return 0;
}

static int read_mode(
	const struct jailparam *p, const struct given *g, struct strings *to, struct error *err)
{
	const char *value = g->value ? g->value : "new";
	AUTO(strings_free) struct strings words = {0};

	words_split(p->words, &words);
	if (!strings_has(&words, value))
		return error_set(err, ERROR_INVALID, "jail parameter '%s': expected one of: %s",
			g->text, p->words);
	strings_add(to, value);
	return 0;
}

/*
 * What jail.conf(5) would take for a list is one. Anything else, such as a command line with its
 * blanks, is a single element, as on jail(8)'s command line.
 */
static bool is_list(const struct strings *elements)
{
	for (size_t i = 0; i < elements->n; i++)
		if (!words_quoted(elements->v[i]) && strpbrk(elements->v[i], " \t") != NULL)
			return false;
	return true;
}

/* Command lines keep the quotes of their words, unless they are quoted as a whole. */
static char *element(const struct jailparam *p, const char *raw, struct error *err)
{
	if (p->type == JAILPARAM_COMMANDS && !words_quoted(raw))
		return xstrdup(raw);
	return words_unquote(raw, err);
}

static int read_list(
	const struct jailparam *p, const struct given *g, struct strings *to, struct error *err)
{
	AUTO(strings_free) struct strings elements = {0};

	if (g->negated)
		return 0;
	if (g->value == NULL)
		return needs_value(g, err);
	if (words_elements(g->value, &elements, err) != 0)
		return error_prefix(err, "jail parameter '%s'", g->text);
	if (!is_list(&elements)) {
		strings_free(&elements);
		strings_add(&elements, g->value);
	}
	for (size_t i = 0; i < elements.n; i++) {
		AUTO(strings_free) struct strings words = {0};
		char *text = element(p, elements.v[i], err);

		if (text == NULL)
			return error_prefix(err, "jail parameter '%s'", g->text);
		strings_take(to, text);
		if (!printable(text))
			return error_set(err, ERROR_INVALID,
				"jail parameter '%s': there is a control character in it", g->text);
		if (p->type != JAILPARAM_COMMANDS)
			continue;
		words_command(text, &words);
		if (words.n == 0)
			return error_set(err, ERROR_INVALID,
				"jail parameter '%s': a command is empty", g->text);
	}
	return 0;
}

static int read_value(
	const struct jailparam *p, const struct given *g, struct strings *to, struct error *err)
{
	switch (p->type) {
	case JAILPARAM_BOOLEAN:
		return read_boolean(g, to, err);
	case JAILPARAM_NUMBER:
	case JAILPARAM_SECONDS:
		return read_number(p, g, to, err);
	case JAILPARAM_MODE:
		return read_mode(p, g, to, err);
	case JAILPARAM_LIST:
	case JAILPARAM_COMMANDS:
		return read_list(p, g, to, err);
	default:
		return read_text(g, to, err);
	}
}

/* A boolean that a system lacks may be given the value it has there. */
static int check_refused(const struct jailparam *p, const struct given *g, const struct strings *v,
	struct error *err)
{
	const struct jailparam_on *on = &p->on[g->system], *other = &p->on[!g->system];

	if (on->change != JAILPARAM_REFUSED ||
		(on->def != NULL && v->n == 1 && strcmp(v->v[0], on->def) == 0))
		return 0;
	if (other->change == JAILPARAM_REFUSED)
		return error_set(err, ERROR_INVALID, "jail parameter '%s' cannot be set: %s",
			p->name, on->text);
	return error_set(err, ERROR_INVALID, "jail parameter '%s' cannot be set here: %s", p->name,
		on->text);
}

/* ---- lists of parameters ---- */

static struct jailparam_value *value_of(
	const struct jailparam_values *values, const struct jailparam *param)
{
	for (size_t i = 0; i < values->n; i++)
		if (values->v[i].param == param)
			return &values->v[i];
	return NULL;
}

static void store(
	struct jailparam_values *values, const struct jailparam *p, bool append, struct strings *v)
{
	struct jailparam_value *old = value_of(values, p);

	if (old == NULL) {
		values->v = xrealloc(values->v, (values->n + 1) * sizeof(*values->v));
		old = &values->v[values->n++];
		*old = (struct jailparam_value){.param = p};
	}
	if (!append)
		strings_free(&old->v);
	strings_copy(&old->v, v);
}

/* Which parameter the text is of, NULL if there is none, and in what form it was given. */
static const struct jailparam *read_name(struct given *g)
{
	const struct jailparam *p;

	g->len = strcspn(g->text, "=");
	g->value = g->text[g->len] == '=' ? g->text + g->len + 1 : NULL;
	g->append = g->value != NULL && g->len > 0 && g->text[g->len - 1] == '+';
	g->len -= g->append;
	g->negated = false;
	p = find(g->text, g->len);
	if (p == NULL && g->value == NULL) {
		p = find_negated(g->text, g->len);
		g->negated = p != NULL;
	}
	return p;
}

static int parse(struct jailparam_values *values, struct given *g, struct error *err)
{
	AUTO(strings_free) struct strings v = {0};
	const struct jailparam *p = read_name(g);

	if (p == NULL)
		return unknown(g->text, g->len, err);
	/* what has no meaning here needs no correct value */
	if ((p->on[g->system].def == NULL && check_refused(p, g, &v, err) != 0) ||
		read_value(p, g, &v, err) != 0 || check_refused(p, g, &v, err) != 0)
		return -1;
	if (g->append && p->type != JAILPARAM_LIST && p->type != JAILPARAM_COMMANDS)
		return error_set(err, ERROR_INVALID,
			"jail parameter '%s': += is for lists, and %s is none", g->text, p->name);
	store(values, p, g->append, &v);
	return 0;
}

int jailparam_values_parse(enum host_system system, const struct json_t *list,
	struct jailparam_values *values, struct error *err)
{
	size_t i;
	json_t *item;

	*values = (struct jailparam_values){0};
	json_array_foreach ((json_t *)(uintptr_t)list, i, item) {
		const char *text = json_string_value(item);
		struct given g = {.text = text ? text : "", .system = system};

		if (parse(values, &g, err) != 0) {
			jailparam_values_free(values);
			return -1;
		}
	}
	return 0;
}

/* Whether one of the parameters that were added sets what this one sets. */
static bool is_set_anew(const char *text, const json_t *added)
{
	struct given old = {.text = text, .system = host_system}, new = {.system = host_system};
	const struct jailparam *p = read_name(&old);
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)added, i, item) {
		new.text = json_string_value(item);
		if (p != NULL && read_name(&new) == p && !new.append)
			return true;
	}
	return false;
}

json_t *jailparam_merged(const json_t *list, const json_t *added)
{
	json_t *merged = json_array(), *item;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item)
		if (!is_set_anew(json_string_value(item), added))
			json_array_append(merged, item);
	json_array_foreach ((json_t *)(uintptr_t)added, i, item)
		json_array_append(merged, item);
	return merged;
}

void jailparam_values_free(struct jailparam_values *values)
{
	for (size_t i = 0; i < values->n; i++)
		strings_free(&values->v[i].v);
	free(values->v);
	*values = (struct jailparam_values){0};
}

char *jailparam_value_text(const struct jailparam_values *values, const struct jailparam *param)
{
	const struct jailparam_value *value = value_of(values, param);

	return value ? strings_join(&value->v, ",") : NULL;
}

bool jailparam_value_is(const struct jailparam_values *values, const char *name, const char *value)
{
	AUTO_FREE char *text = jailparam_value_text(values, jailparam_named(name));

	return text != NULL && strcmp(text, value) == 0;
}
