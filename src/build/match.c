/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/match.h"

#include <limits.h>
#include <string.h>

#include "base/text_mark.h"

/* ---- names ---- */

/* Whether a character is in the list behind '['; *end: behind its ']', NULL if there is none. */
static bool match_list(const char *list, char c, const char **end)
{
	bool negated = *list == '!' || *list == '^', found = false, first = true;

	*end = NULL;
	for (list += negated; *list != ']' || first; first = false) {
		unsigned char low, high;

		list += *list == '\\' && list[1] != '\0';
		if (*list == '\0')
			return false;
		low = high = (unsigned char)*list++;
		if (list[0] == '-' && list[1] != ']' && list[1] != '\0') {
			list++;
			list += *list == '\\' && list[1] != '\0';
			high = (unsigned char)*list++;
		}
		found |= low <= (unsigned char)c && (unsigned char)c <= high;
	}
	*end = list + 1;
	return found != negated;
}

/* Whether the pattern's first character fits, and where to go on behind it. */
static bool match_one(const char *pattern, char c, const char **next)
{
	const char *end;
	bool matches;

	if (*pattern == '?') {
		*next = pattern + 1;
		return true;
	}
	if (*pattern == '[') {
		matches = match_list(pattern + 1, c, &end);
		if (end != NULL) {
			*next = end;
			return matches;
		}
	}
	if (*pattern == '\\' && pattern[1] != '\0')
		pattern++;
	*next = pattern + 1;
	return *pattern == c;
}

bool match_name(const char *pattern, const char *name)
{
	const char *star = NULL, *from = NULL, *next;

	/* what the last '*' stands for grows until the rest fits; earlier ones need not */
	while (*name != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern != '\0' && match_one(pattern, *name, &next)) {
			pattern = next;
			name++;
		} else if (star != NULL) {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

/* ---- alternatives ---- */

/* Where the next ',' or '}' is that belongs to the '{' before s; NULL: nowhere. */
static const char *alternative_end(const char *s)
{
	unsigned int depth = 0;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '{')
			depth++;
		else if (depth == 0 && (*s == ',' || *s == '}'))
			return s;
		else if (*s == '}')
			depth--;
	}
	return NULL;
}

/* The first '{' of alternatives, and in *end its '}'; NULL: there is none. */
static const char *find_alternatives(const char *s, const char **end)
{
	for (; *s != '\0'; s++) {
		const char *at = *s == '{' ? alternative_end(s + 1) : NULL;

		if (*s == '\\' && s[1] != '\0')
			s++;
		if (at == NULL || *at != ',')
			continue;
		while (at != NULL && *at == ',')
			at = alternative_end(at + 1);
		*end = at;
		if (at != NULL)
			return s;
	}
	return NULL;
}

bool match_alternatives(const char *pattern, struct strings *patterns)
{
	const char *end, *begin, *at;
	bool few = patterns->n < ALTERNATIVES_MAX;

	if (strlen(pattern) >= PATH_MAX)
		return false;
	begin = find_alternatives(pattern, &end);
	if (begin == NULL) {
		if (few)
			strings_add(patterns, pattern);
		return few;
	}
	for (const char *from = begin + 1; few && from <= end; from = at + 1) {
		AUTO_FREE char *one = NULL;

		at = alternative_end(from);
		one = xasprintf("%.*s%.*s%s", (int)(begin - pattern), pattern, (int)(at - from),
			from, end + 1);
		few = match_alternatives(one, patterns);
	}
	return few;
}

/* ---- paths ---- */

bool match_has_wildcards(const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		else if (strchr("*?[{", *pattern) != NULL)
			return true;
	}
	return false;
}

char *match_unquote(const char *pattern)
{
	struct buffer text = {0};

	buffer_puts(&text, "");
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		buffer_add(&text, pattern, 1);
	}
	return text.data;
}

/* ---- .dockerignore ---- */

/* Takes a path apart; "." and empty components are left out, ".." takes the one before it off. */
static void split(const char *path, size_t len, struct strings *components)
{
	const char *end = path + len;

	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t n = (size_t)((slash ? slash : end) - path);

		if (n == 2 && memcmp(path, "..", 2) == 0) {
			if (components->n > 0) {
				free(components->v[--components->n]);
				components->v[components->n] = NULL;
			}
		} else if (n > 0 && !(n == 1 && *path == '.')) {
			strings_add_len(components, path, n);
		}
		path += n + 1;
	}
}

void ignore_parse(const char *text, struct ignore *ignore)
{
	text += text_mark(text, strlen(text));
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), begin = strspn(text, " \t");
		const char *line = text + (begin < len ? begin : len);
		size_t n = len - (size_t)(line - text);
		struct ignore_rule rule = {0};

		text += len + (text[len] == '\n');
		while (n > 0 && strchr(" \t\r", line[n - 1]) != NULL)
			n--;
		if (n == 0 || *line == '#')
			continue;
		rule.except = *line == '!';
		split(line + rule.except, n - rule.except, &rule.components);
		if (rule.components.n == 0) {
			strings_free(&rule.components);
			continue;
		}
		ignore->rules = xrealloc(ignore->rules, (ignore->n + 1) * sizeof(rule));
		ignore->rules[ignore->n++] = rule;
		ignore->has_exceptions |= rule.except;
	}
}

void ignore_free(struct ignore *ignore)
{
	for (size_t i = 0; i < ignore->n; i++)
		strings_free(&ignore->rules[i].components);
	free(ignore->rules);
	*ignore = (struct ignore){0};
}

/* Whether the rule fits the path or a directory that it lies in; as match_name does it. */
static bool rule_matches(const struct strings *rule, const struct strings *path)
{
	size_t r = 0, p = 0, star = 0, from = 0;
	bool have_star = false;

	while (p < path->n) {
		if (r == rule->n)
			return true; /* of a directory above it */
		if (strcmp(rule->v[r], "**") == 0) {
			have_star = true;
			star = ++r;
			from = p;
		} else if (match_name(rule->v[r], path->v[p])) {
			r++;
			p++;
		} else if (have_star) {
			r = star;
			p = ++from;
		} else {
			return false;
		}
	}
	while (r < rule->n && strcmp(rule->v[r], "**") == 0)
		r++;
	return r == rule->n;
}

bool ignore_has(const struct ignore *ignore, const char *path)
{
	AUTO(strings_free) struct strings components = {0};
	bool ignored = false;

	if (ignore->n == 0)
		return false;
	split(path, strlen(path), &components);
	for (size_t i = 0; i < ignore->n && components.n > 0; i++)
		if (ignore->rules[i].except == ignored &&
			rule_matches(&ignore->rules[i].components, &components))
			ignored = !ignored;
	return ignored;
}
