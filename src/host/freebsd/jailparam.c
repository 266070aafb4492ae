/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/jailparam.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static const char *const bool_words[] = {"false", "true", NULL};
static const char *const sys_words[] = {"disable", "new", "inherit", NULL};

static void jailparam_clear(struct jailparam *p)
{
	free(p->key);
	free(p->name);
	free(p->value);
	*p = (struct jailparam){0};
}

void jailparams_free(struct jailparams *list)
{
	for (size_t i = 0; i < list->n; i++)
		jailparam_clear(&list->v[i]);
	free(list->v);
	*list = (struct jailparams){0};
}

const struct jailparam *jailparams_find(const struct jailparams *list, const char *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].key, key) == 0)
			return &list->v[i];
	return NULL;
}

/* "a.b" → "a.nob"; the caller frees. */
static char *name_with_no(const char *name)
{
	const char *dot = strrchr(name, '.');
	int head = dot != NULL ? (int)(dot + 1 - name) : 0;

	return xasprintf("%.*sno%s", head, name, name + head);
}

/* "a.nob" → "a.b"; NULL if the last part does not begin with "no". The caller frees. */
static char *name_without_no(const char *name)
{
	const char *dot = strrchr(name, '.');
	int head = dot != NULL ? (int)(dot + 1 - name) : 0;

	if (strncmp(name + head, "no", 2) != 0 || name[head + 2] == '\0')
		return NULL;
	return xasprintf("%.*s%s", head, name, name + head + 2);
}

/* Finds which parameter is meant. *negated: the name was its "no" counterpart. */
static int find_type(const char *name, jailparam_lookup *lookup, void *ctx,
	struct jailparam_type *type, char **key, bool *negated, struct error *err)
{
	AUTO_FREE char *plain = NULL;
	int found = lookup(ctx, name, type, err);

	*negated = false;
	if (found == 0 && (plain = name_without_no(name)) != NULL) {
		*negated = true;
		found = lookup(ctx, plain, type, err);
		if (found > 0 && type->kind != JAILPARAM_BOOL)
			found = 0;
	}
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_INVALID, "unknown jail parameter: %s", name);
	*key = xstrdup(*negated ? plain : name);
	return 0;
}

/* A word of the list or its number. */
static bool parse_word(const char *const words[], const char *s, int *value)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcasecmp(s, words[i]) == 0 || (s[0] == '0' + i && s[1] == '\0')) {
			*value = i;
			return true;
		}
	}
	return false;
}

static bool parse_signed(const char *s, intmax_t min, intmax_t max, intmax_t *value)
{
	char *end;

	errno = 0;
	*value = strtoimax(s, &end, 10);
	return errno == 0 && end != s && *end == '\0' && *value >= min && *value <= max;
}

static bool parse_unsigned(const char *s, uintmax_t max, uintmax_t *value)
{
	char *end;

	errno = 0;
	*value = strtoumax(s, &end, 10);
	return errno == 0 && s[0] >= '0' && s[0] <= '9' && *end == '\0' && *value <= max;
}

static bool append_signed(struct buffer *out, enum jailparam_kind kind, const char *s)
{
	intmax_t n;

	if (kind == JAILPARAM_INT) {
		if (!parse_signed(s, INT_MIN, INT_MAX, &n))
			return false;
		buffer_add(out, &(int){(int)n}, sizeof(int));
	} else if (kind == JAILPARAM_LONG) {
		if (!parse_signed(s, LONG_MIN, LONG_MAX, &n))
			return false;
		buffer_add(out, &(long){(long)n}, sizeof(long));
	} else {
		if (!parse_signed(s, INT64_MIN, INT64_MAX, &n))
			return false;
		buffer_add(out, &(int64_t){(int64_t)n}, sizeof(int64_t));
	}
	return true;
}

static bool append_unsigned(struct buffer *out, enum jailparam_kind kind, const char *s)
{
	uintmax_t n;

	if (kind == JAILPARAM_UINT) {
		if (!parse_unsigned(s, UINT_MAX, &n))
			return false;
		buffer_add(out, &(unsigned){(unsigned)n}, sizeof(unsigned));
	} else if (kind == JAILPARAM_ULONG) {
		if (!parse_unsigned(s, ULONG_MAX, &n))
			return false;
		buffer_add(out, &(unsigned long){(unsigned long)n}, sizeof(unsigned long));
	} else {
		if (!parse_unsigned(s, UINT64_MAX, &n))
			return false;
		buffer_add(out, &(uint64_t){(uint64_t)n}, sizeof(uint64_t));
	}
	return true;
}

static bool append_address(struct buffer *out, int family, size_t size, const char *s)
{
	struct in6_addr address; /* the larger of the two */

	if (inet_pton(family, s, &address) != 1)
		return false;
	buffer_add(out, &address, size);
	return true;
}

static bool append_value(struct buffer *out, enum jailparam_kind kind, const char *s)
{
	int word;

	switch (kind) {
	case JAILPARAM_SYS:
		if (!parse_word(sys_words, s, &word))
			return false;
		buffer_add(out, &word, sizeof(word));
		return true;
	case JAILPARAM_INT:
	case JAILPARAM_LONG:
	case JAILPARAM_S64:
		return append_signed(out, kind, s);
	case JAILPARAM_UINT:
	case JAILPARAM_ULONG:
	case JAILPARAM_U64:
		return append_unsigned(out, kind, s);
	case JAILPARAM_IP4:
		return append_address(out, AF_INET, sizeof(struct in_addr), s);
	case JAILPARAM_IP6:
		return append_address(out, AF_INET6, sizeof(struct in6_addr), s);
	default:
		return false;
	}
}

static int bad_value(const char *name, const char *value, struct error *err)
{
	return error_set(err, ERROR_INVALID, "the jail parameter %s cannot be \"%s\"", name, value);
}

/* Comma-separated values, or none ("" and "-", as jail(8) has it). */
static int parse_list(
	struct jailparam *p, enum jailparam_kind kind, const char *text, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct buffer out = {0};
	char *rest = copy, *item;

	if (text[0] == '\0' || strcmp(text, "-") == 0)
		return 0;
	while ((item = strsep(&rest, ",")) != NULL) {
		if (!append_value(&out, kind, item)) {
			buffer_free(&out);
			return bad_value(p->key, item, err);
		}
	}
	p->value = out.data;
	p->len = out.len;
	return 0;
}

static int parse_bool(struct jailparam *p, bool negated, const char *text, struct error *err)
{
	int on = 1;

	if (text != NULL && !parse_word(bool_words, text, &on))
		return bad_value(p->name, text, err);
	free(p->name);
	p->name = (on != 0) != negated ? xstrdup(p->key) : name_with_no(p->key);
	return 0;
}

static int parse_string(
	struct jailparam *p, const struct jailparam_type *type, const char *text, struct error *err)
{
	size_t len = strlen(text) + 1;

	if (type->size > 0 && len > type->size)
		return error_set(err, ERROR_INVALID,
			"the jail parameter %s has a value of more than %zu bytes", p->key,
			type->size - 1);
	p->value = xstrdup(text);
	p->len = len;
	return 0;
}

/* text: behind the '=', NULL without one. */
static int parse_value(struct jailparam *p, const struct jailparam_type *type, bool negated,
	const char *text, struct error *err)
{
	struct buffer out = {0};

	if (type->kind == JAILPARAM_BOOL)
		return parse_bool(p, negated, text, err);
	if (type->list)
		return parse_list(p, type->kind, text != NULL ? text : "", err);
	if (type->kind == JAILPARAM_STRING)
		return parse_string(p, type, text != NULL ? text : "", err);
	if (type->kind == JAILPARAM_SYS && (text == NULL || text[0] == '\0'))
		text = "new";
	if (text == NULL)
		return error_set(err, ERROR_INVALID, "the jail parameter %s needs a value", p->key);
	if (!append_value(&out, type->kind, text))
		return bad_value(p->key, text, err);
	p->value = out.data;
	p->len = out.len;
	return 0;
}

int jailparams_add(struct jailparams *list, const char *text, jailparam_lookup *lookup, void *ctx,
	struct error *err)
{
	const char *equals = strchr(text, '=');
	struct jailparam_type type = {0};
	struct jailparam p = {0}, *old;
	bool negated;

	p.name = equals != NULL ? xstrndup(text, (size_t)(equals - text)) : xstrdup(text);
	if (find_type(p.name, lookup, ctx, &type, &p.key, &negated, err) < 0 ||
		parse_value(&p, &type, negated, equals != NULL ? equals + 1 : NULL, err) < 0) {
		jailparam_clear(&p);
		return -1;
	}
	old = (struct jailparam *)jailparams_find(list, p.key);
	if (old != NULL) {
		jailparam_clear(old);
		*old = p;
		return 0;
	}
	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*list->v));
	list->v[list->n++] = p;
	return 0;
}

char *jailparam_jail_name(const char *id)
{
	bool digits = id[strspn(id, "0123456789")] == '\0';

	return xasprintf("%s%s", digits ? "c" : "", id);
}
