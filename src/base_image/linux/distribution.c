/* SPDX-License-Identifier: BSD-2-Clause */
#include "base_image/linux/distribution.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\n";

/* The value of a line NAME=value of os-release(5), quotes taken off; "" if it is not there. */
static char *os_release_value(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; *line != '\0';
		line += strcspn(line, "\n"), line += *line != 0) {
		if (strncmp(line, name, len) != 0 || line[len] != '=')
			continue;
		const char *value = line + len + 1;
		size_t n = strcspn(value, "\r\n");
		if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value)
			return xstrndup(value + 1, n - 2);
		return xstrndup(value, n);
	}
	return xstrdup("");
}

void distribution_parse(const char *text, struct distribution *d)
{
	d->id = os_release_value(text, "ID");
	d->id_like = os_release_value(text, "ID_LIKE");
	d->version_id = os_release_value(text, "VERSION_ID");
	d->codename = os_release_value(text, "VERSION_CODENAME");
}

void distribution_free(struct distribution *d)
{
	free(d->id);
	free(d->id_like);
	free(d->version_id);
	free(d->codename);
	*d = (struct distribution){0};
}

/* True if word is one of the words in text. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text + strspn(text, blanks); *p != '\0'; p += strspn(p, blanks)) {
		size_t n = strcspn(p, blanks);
		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

bool distribution_is(const struct distribution *d, const char *name)
{
	return strcmp(d->id, name) == 0 || has_word(d->id_like, name);
}

char *distribution_tag(const struct distribution *d)
{
	char *tag = xasprintf("%s-%s", *d->id ? d->id : "linux",
		*d->version_id ? d->version_id
		: *d->codename ? d->codename
			       : "rolling");

	/* what is no word there must not break the name here */
	for (char *p = tag; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			*p = '_';
	tag[0] = (char)toupper((unsigned char)tag[0]);
	return tag;
}

static void add_source(struct apt_sources *list, const char *uri, const char *suite,
	const char *components, const char *signed_by)
{
	static const char *const schemes[] = {"http://", "https://", "file:/"};
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		known = known || strncasecmp(uri, schemes[i], strlen(schemes[i])) == 0;
	if (!known)
		return;
	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*list->v));
	list->v[list->n++] = (struct apt_source){
		.uri = xstrdup(uri),
		.suite = xstrdup(suite),
		.components = xstrdup(components),
		.signed_by = signed_by != NULL && *signed_by == '/' ? xstrdup(signed_by) : NULL,
	};
}

/* Splits off the first word of *rest in place; NULL if there is none. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, blanks);
	char *end = word + strcspn(word, blanks);

	*rest = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return *word != '\0' ? word : NULL;
}

/* "[name=value …]" at *rest: takes it off, and gives the value of signed-by, if any. */
static char *line_options(char **rest)
{
	char *p = *rest + strspn(*rest, blanks), *end, *word, *signed_by = NULL;

	if (*p != '[' || (end = strchr(p, ']')) == NULL)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	for (p++; (word = next_word(&p)) != NULL;)
		if (strncasecmp(word, "signed-by=", 10) == 0)
			signed_by = word + 10;
	return signed_by;
}

/* "deb [options] URI SUITE COMPONENT…" */
static void parse_line(struct apt_sources *list, char *line)
{
	char *type, *uri, *suite, *signed_by;

	line[strcspn(line, "#")] = '\0';
	type = next_word(&line);
	if (type == NULL || strcmp(type, "deb") != 0)
		return;
	signed_by = line_options(&line);
	uri = next_word(&line);
	suite = next_word(&line);
	if (uri != NULL && suite != NULL)
		add_source(list, uri, suite, line + strspn(line, blanks), signed_by);
}

/* A paragraph of a .sources file; the values have their continuation lines joined. */
struct stanza {
	char *types, *uris, *suites, *components, *signed_by, *enabled;
};

static void stanza_end(struct stanza *s, struct apt_sources *list)
{
	char *uri, *suite, *uris = s->uris;

	bool use = s->types != NULL && has_word(s->types, "deb") && s->uris != NULL &&
		   s->suites != NULL && (s->enabled == NULL || strcasecmp(s->enabled, "no") != 0);
	while (use && (uri = next_word(&uris)) != NULL) {
		AUTO_FREE char *copy = xstrdup(s->suites);
		char *suites = copy;
		while ((suite = next_word(&suites)) != NULL)
			add_source(
				list, uri, suite, s->components ? s->components : "", s->signed_by);
	}
	free(s->types);
	free(s->uris);
	free(s->suites);
	free(s->components);
	free(s->signed_by);
	free(s->enabled);
	*s = (struct stanza){0};
}

/* The field's value, blanks around it taken off. */
static char *trimmed(const char *s)
{
	size_t n;

	s += strspn(s, blanks);
	n = strlen(s);
	while (n > 0 && strchr(blanks, s[n - 1]) != NULL)
		n--;
	return xstrndup(s, n);
}

/* Where the field of a line "Name: value" goes; NULL for fields that do not matter. */
static char **stanza_field(struct stanza *s, const char *line, size_t len)
{
	const struct {
		const char *name;
		char **field;
	} fields[] = {
		{"Types", &s->types},
		{"URIs", &s->uris},
		{"Suites", &s->suites},
		{"Components", &s->components},
		{"Signed-By", &s->signed_by},
		{"Enabled", &s->enabled},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strlen(fields[i].name) == len && strncasecmp(fields[i].name, line, len) == 0)
			return fields[i].field;
	return NULL;
}

static void parse_deb822_line(struct stanza *s, char ***last, const char *line)
{
	size_t len = strcspn(line, ":");

	if (*line == '#')
		return;
	if (*line == ' ' || *line == '\t') { /* goes on with the field before */
		if (*last != NULL && **last != NULL) {
			AUTO_FREE char *before = **last;
			AUTO_FREE char *more = trimmed(line);
			**last = xasprintf("%s %s", before, more);
		}
		return;
	}
	*last = line[len] == ':' ? stanza_field(s, line, len) : NULL;
	if (*last != NULL) {
		free(**last);
		**last = trimmed(line + len + 1);
	}
}

void apt_sources_parse(struct apt_sources *list, const char *text, bool deb822)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct stanza stanza = {0};
	char *rest = copy, *line, **last = NULL;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (!deb822) {
			parse_line(list, line);
		} else if (line[strspn(line, blanks)] == '\0') {
			stanza_end(&stanza, list);
			last = NULL;
		} else {
			parse_deb822_line(&stanza, &last, line);
		}
	}
	stanza_end(&stanza, list);
}

void apt_sources_free(struct apt_sources *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].uri);
		free(list->v[i].suite);
		free(list->v[i].components);
		free(list->v[i].signed_by);
	}
	free(list->v);
	*list = (struct apt_sources){0};
}

/* The first source of suite <codename><suffix>, of the same URI if that is not NULL; or n. */
static size_t find(
	const struct apt_sources *list, const char *codename, const char *suffix, const char *uri)
{
	size_t len = strlen(codename), i;

	for (i = 0; i < list->n; i++) {
		const struct apt_source *s = &list->v[i];
		if (strncmp(s->suite, codename, len) == 0 && strcmp(s->suite + len, suffix) == 0 &&
			has_word(s->components, "main") &&
			(uri == NULL || strcmp(s->uri, uri) == 0))
			break;
	}
	return i;
}

size_t apt_sources_choose(
	const struct apt_sources *list, const char *codename, size_t *chosen, size_t max)
{
	static const char *const others[] = {"-updates", "-security"};
	size_t base = list->n, updates = find(list, codename, "-updates", NULL), n = 0;

	/* other vendors' archives may use the codename as well, but have no updates of it */
	if (updates < list->n)
		base = find(list, codename, "", list->v[updates].uri);
	if (base == list->n)
		base = find(list, codename, "", NULL);
	if (base == list->n || max == 0)
		return 0;
	chosen[n++] = base;
	for (size_t i = 0; i < ARRAY_SIZE(others) && n < max; i++) {
		size_t other = find(list, codename, others[i], NULL);
		if (other < list->n)
			chosen[n++] = other;
	}
	return n;
}

char *apt_source_line(const struct apt_source *s)
{
	if (s->signed_by == NULL)
		return xasprintf("deb %s %s %s", s->uri, s->suite, s->components);
	return xasprintf(
		"deb [signed-by=%s] %s %s %s", s->signed_by, s->uri, s->suite, s->components);
}
