/* Replacing variables in what a shell will read: variables.h. */
#include <string.h>

#include "kleened/build/variables.h"

#define NESTED_MAX 64 /* quotes and command substitutions in each other that are told apart */
#define DEPTH_MAX  50 /* ${…} in each other */

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

/* How a shell would read what stands at some place: the last of these that is open. */
struct place {
	char open[NESTED_MAX]; /* '"', '(' of "$(", '`' */
	size_t n;
};

static char innermost(const struct place *p)
{
	return p->n > 0 ? p->open[p->n - 1] : '\0';
}

static void push(struct place *p, char c)
{
	if (p->n < NESTED_MAX)
		p->open[p->n++] = c;
}

static void toggle(struct place *p, char c)
{
	if (innermost(p) == c)
		p->n--;
	else
		push(p, c);
}

/* Where the ${…} that begins at s ends, behind its '}'; NULL: nowhere. */
static const char *braces_end(const char *s)
{
	unsigned int depth = 0;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0') {
			s++;
		} else if (*s == '$' && s[1] == '{') {
			depth++;
			s++;
		} else if (*s == '}' && --depth == 0) {
			return s + 1;
		}
	}
	return NULL;
}

/* A value as a shell must find it in order to see it as what the variable would have given. */
static void put_value(struct buffer *out, const char *value, char innermost_open)
{
	const char *special = innermost_open == '"' ? "$`\"\\" : "|&;<>()$`\\\"'#~{}!";

	for (; *value != '\0'; value++) {
		if (*value == '\n' && innermost_open != '"') {
			buffer_puts(out, " ");
			continue;
		}
		if (strchr(special, *value) != NULL)
			buffer_puts(out, "\\");
		buffer_add(out, value, 1);
	}
}

struct command {
	const struct strings *vars;
	struct buffer out;
	struct place place;
	unsigned int depth;
};

static void expand(struct command *c, const char *s, const char *end);

/* What stands in the place of a ${…} from s to end; what only the shell can know stays. */
static void expand_braces(struct command *c, const char *s, const char *end)
{
	const char *name = s + 2, *op, *value;
	size_t len = strspn(name, NAME_CHARACTERS);
	bool colon;

	value = variable_name(name, name + len) ? variable_value(c->vars, name, len) : NULL;
	op = name + len;
	colon = *op == ':';
	op += colon;
	if (value != NULL && *op == '}' && !colon) {
		put_value(&c->out, value, innermost(&c->place));
	} else if (value != NULL && *op == '-' && (*value != '\0' || !colon)) {
		put_value(&c->out, value, innermost(&c->place));
	} else if (value != NULL && *op == '+' && (*value != '\0' || !colon) &&
		   c->depth < DEPTH_MAX) {
		c->depth++;
		expand(c, op + 1, end - 1);
		c->depth--;
	} else {
		buffer_add(&c->out, s, (size_t)(end - s));
	}
}

/* Returns where to go on behind the '$' at s. */
static const char *expand_dollar(struct command *c, const char *s, const char *end)
{
	size_t len = strspn(s + 1, NAME_CHARACTERS);
	const char *value;

	if (s[1] == '(') {
		buffer_add(&c->out, s, 2);
		push(&c->place, '(');
		return s + 2;
	}
	if (s[1] == '{') {
		const char *after = braces_end(s);

		if (after == NULL || after > end) {
			buffer_add(&c->out, s, (size_t)(end - s));
			return end;
		}
		expand_braces(c, s, after);
		return after;
	}
	if (s + 1 + len > end)
		len = (size_t)(end - s - 1);
	value = variable_name(s + 1, s + 1 + len) ? variable_value(c->vars, s + 1, len) : NULL;
	if (value != NULL)
		put_value(&c->out, value, innermost(&c->place));
	else
		buffer_add(&c->out, s, 1 + len);
	return s + 1 + len;
}

/* Copies what the quote, or the "\", at s keeps a shell from reading; returns where to go on. */
static const char *copy_quoted(struct command *c, const char *s, const char *end)
{
	const char *last = *s == '\\' ? s + 1 : memchr(s + 1, '\'', (size_t)(end - s - 1));
	const char *after = last == NULL || last >= end ? end : last + 1;

	buffer_add(&c->out, s, (size_t)(after - s));
	return after;
}

static void expand(struct command *c, const char *s, const char *end)
{
	while (s < end && c->out.len <= EXPANDED_MAX) {
		char open = innermost(&c->place);

		if (*s == '$') {
			s = expand_dollar(c, s, end);
			continue;
		}
		if (*s == '\\' || (*s == '\'' && open != '"')) {
			s = copy_quoted(c, s, end);
			continue;
		}
		if (*s == '"' || *s == '`')
			toggle(&c->place, *s);
		else if (*s == '(' && open == '(')
			push(&c->place, '(');
		else if (*s == ')' && open == '(')
			c->place.n--;
		buffer_add(&c->out, s++, 1);
	}
}

char *command_expand(const char *text, const struct strings *vars, struct error *err)
{
	struct command c = {.vars = vars};

	buffer_puts(&c.out, "");
	expand(&c, text, text + strlen(text));
	if (c.out.len <= EXPANDED_MAX)
		return c.out.data;
	buffer_free(&c.out);
	error_set(err, ERROR_INVALID, "with its variables replaced it has more than %zu bytes",
		EXPANDED_MAX);
	return NULL;
}
