/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading templates: a recursive descent. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "klee/template_private.h"

struct reader {
	const char *text, *at;
	const char *end; /* of the action under way */
	unsigned int depth;
	struct error *err;
};

static int bad(struct reader *r, const char *why)
{
	return error_set(r->err, ERROR_INVALID, "--format: '%s': %s", r->text, why);
}

/* ---- expressions ---- */

static struct expression *read_pipeline(struct reader *r);

void expression_free(struct expression *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->nargs; i++)
		expression_free(e->args[i]);
	strings_free(&e->path);
	json_decref(e->literal);
	free(e);
}

static struct expression *expression_new(int kind)
{
	struct expression *e = xcalloc(1, sizeof(*e));

	e->kind = kind;
	return e;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && isspace((unsigned char)*r->at))
		r->at++;
}

static size_t name_length(const struct reader *r)
{
	size_t n = 0;

	while (r->at + n < r->end && (isalnum((unsigned char)r->at[n]) || r->at[n] == '_'))
		n++;
	return n;
}

/* ".a.b" behind something, or at the beginning: "." alone is the value itself. */
static void read_path(struct reader *r, struct strings *path)
{
	while (r->at < r->end && *r->at == '.') {
		size_t n;

		r->at++;
		n = name_length(r);
		if (n == 0)
			return;
		strings_take(path, xstrndup(r->at, n));
		r->at += n;
	}
}

static struct expression *read_literal(struct reader *r)
{
	struct expression *e = expression_new(EXPRESSION_LITERAL);
	json_error_t where;
	size_t used;

	if (*r->at == '`') {
		const char *close = memchr(r->at + 1, '`', (size_t)(r->end - r->at - 1));

		if (close != NULL) {
			e->literal = json_stringn(r->at + 1, (size_t)(close - r->at - 1));
			r->at = close + 1;
		}
	} else {
		e->literal = json_loadb(r->at, (size_t)(r->end - r->at),
			JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &where);
		used = e->literal != NULL ? (size_t)where.position : 0;
		r->at += used;
	}
	if (e->literal != NULL)
		return e;
	bad(r, "a text or number in {{...}} cannot be read");
	expression_free(e);
	return NULL;
}

static struct expression *read_parenthesis(struct reader *r)
{
	struct expression *inner, *e;

	r->at++;
	inner = read_pipeline(r);
	if (inner == NULL)
		return NULL;
	if (r->at == r->end || *r->at != ')') {
		bad(r, "')' is missing");
		expression_free(inner);
		return NULL;
	}
	r->at++;
	if (r->at == r->end || *r->at != '.')
		return inner;
	e = expression_new(EXPRESSION_FIELD);
	e->args[e->nargs++] = inner;
	read_path(r, &e->path);
	return e;
}

static struct expression *read_term(struct reader *r)
{
	struct expression *e;

	if (*r->at == '(')
		return read_parenthesis(r);
	if (*r->at == '$' && r->at + 1 < r->end && r->at[1] == '.')
		r->at++;
	if (*r->at != '.')
		return read_literal(r);
	e = expression_new(EXPRESSION_PATH);
	read_path(r, &e->path);
	return e;
}

static bool add_argument(struct reader *r, struct expression *call, struct expression *e)
{
	if (e != NULL && call->nargs < TEMPLATE_ARGS) {
		call->args[call->nargs++] = e;
		return true;
	}
	if (e != NULL)
		bad(r, "too many arguments");
	expression_free(e);
	return false;
}

/* NAME ARGUMENT...; 'last' comes from in front of a '|', or is NULL. */
static struct expression *read_call(struct reader *r, size_t len, struct expression *last)
{
	AUTO_FREE char *name = xstrndup(r->at, len);
	struct expression *e = expression_new(EXPRESSION_CALL);
	bool good = true;

	e->function = template_function(name);
	if (e->function == NULL) {
		error_set(r->err, ERROR_INVALID, "--format: '%s': there is no function '%s'",
			r->text, name);
		expression_free(e);
		expression_free(last);
		return NULL;
	}
	r->at += len;
	for (skip_blanks(r); good && r->at < r->end && *r->at != ')' && *r->at != '|';
		skip_blanks(r))
		good = add_argument(r, e, read_term(r));
	if (good && last != NULL)
		good = add_argument(r, e, last);
	else
		expression_free(last);
	if (good && e->nargs >= e->function->min && e->nargs <= e->function->max)
		return e;
	if (good)
		error_set(r->err, ERROR_INVALID, "--format: '%s': '%s' takes %zu arguments",
			r->text, name, e->function->min);
	expression_free(e);
	return NULL;
}

static struct expression *read_pipeline(struct reader *r)
{
	struct expression *e = NULL;
	size_t len;

	if (++r->depth > TEMPLATE_DEPTH) {
		bad(r, "too much in one another");
		return NULL;
	}
	do {
		if (e != NULL)
			r->at++;
		skip_blanks(r);
		len = name_length(r);
		if (len > 0 && isalpha((unsigned char)*r->at) && strncmp(r->at, "true", 4) != 0 &&
			strncmp(r->at, "false", 5) != 0) {
			e = read_call(r, len, e);
		} else if (e != NULL || r->at == r->end) {
			bad(r, e != NULL ? "a function is expected behind '|'"
					 : "nothing is in {{...}}");
			expression_free(e);
			e = NULL;
		} else {
			e = read_term(r);
		}
		skip_blanks(r);
	} while (e != NULL && r->at < r->end && *r->at == '|');
	r->depth--;
	return e;
}

/* The rest of an action is one pipeline. */
static struct expression *read_whole(struct reader *r)
{
	struct expression *e = read_pipeline(r);

	if (e == NULL || r->at == r->end)
		return e;
	bad(r, "there is too much in {{...}}");
	expression_free(e);
	return NULL;
}

/* ---- what stands between ---- */

static void add_text(struct template ***last, const char *text, size_t len, bool trim)
{
	struct buffer b = {0};
	struct template *node;

	while (trim && len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++) {
		bool escape = text[i] == '\\' && i + 1 < len && strchr("tn\\", text[i + 1]) != NULL;

		if (escape)
			i++;
		buffer_printf(&b, "%c",
			escape && text[i] == 't'   ? '\t'
			: escape && text[i] == 'n' ? '\n'
						   : text[i]);
	}
	if (b.len == 0)
		return;
	node = xcalloc(1, sizeof(*node));
	node->kind = NODE_TEXT;
	node->text = b.data;
	**last = node;
	*last = &node->next;
}

/* Where an action "{{...}}" ends, whatever its texts hold; NULL: nowhere. */
static const char *action_end(const char *at)
{
	char quote = '\0';

	for (; *at != '\0'; at++) {
		if (quote != '\0' && *at == '\\' && quote == '"' && at[1] != '\0')
			at++;
		else if (quote != '\0')
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '`')
			quote = *at;
		else if (at[0] == '}' && at[1] == '}')
			return at;
	}
	return NULL;
}

enum stop { STOP_END_OF_TEXT, STOP_END, STOP_ELSE, STOP_BAD };

static enum stop read_list(struct reader *r, struct template **list);

static bool is_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (name_length(r) != len || strncmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	skip_blanks(r);
	return true;
}

/* The action goes to the node; what stands in front of "{{end}}" is read, too. */
static int read_action(struct reader *r, struct template *node, const char *after)
{
	enum stop stop = STOP_END;

	node->kind = is_word(r, "if") ? NODE_IF : is_word(r, "range") ? NODE_RANGE : NODE_SHOW;
	node->expression = read_whole(r);
	r->at = after;
	if (node->expression == NULL)
		return -1;
	if (node->kind == NODE_SHOW)
		return 0;
	if (++r->depth > TEMPLATE_DEPTH)
		return bad(r, "too much in one another");
	stop = read_list(r, &node->body);
	if (stop == STOP_ELSE)
		stop = read_list(r, &node->otherwise);
	r->depth--;
	if (stop == STOP_BAD)
		return -1;
	return stop == STOP_END ? 0 : bad(r, "{{end}} is missing");
}

/*
 * Goes into the action that begins at 'open': r has what is in it. *trim: blanks in front of it go.
 * Returns where the text goes on behind it; NULL with an error.
 */
static const char *enter_action(struct reader *r, const char *open, bool *trim)
{
	const char *after;

	r->at = open + 2;
	r->end = action_end(r->at);
	*trim = false;
	if (r->end == NULL) {
		bad(r, "'}}' is missing");
		return NULL;
	}
	after = r->end + 2;
	if (r->end - r->at >= 2 && r->at[0] == '-' && isspace((unsigned char)r->at[1])) {
		*trim = true;
		r->at++;
	}
	if (r->end - r->at >= 2 && r->end[-1] == '-' && isspace((unsigned char)r->end[-2])) {
		r->end--;
		after += strspn(after, " \t\r\n");
	}
	while (r->end > r->at && isspace((unsigned char)r->end[-1]))
		r->end--;
	skip_blanks(r);
	return after;
}

static enum stop read_list(struct reader *r, struct template **list)
{
	struct template **last = list;
	const char *text = r->at, *open, *after;

	for (; (open = strstr(text, "{{")) != NULL; text = r->at) {
		struct template *node;
		enum stop stop;
		bool trim;

		after = enter_action(r, open, &trim);
		if (after == NULL)
			return STOP_BAD;
		add_text(&last, text, (size_t)(open - text), trim);
		stop = is_word(r, "end")    ? STOP_END
		       : is_word(r, "else") ? STOP_ELSE
					    : STOP_END_OF_TEXT;
		if (stop != STOP_END_OF_TEXT) {
			r->at = after;
			return stop;
		}
		node = xcalloc(1, sizeof(*node));
		*last = node;
		last = &node->next;
		if (read_action(r, node, after) < 0)
			return STOP_BAD;
	}
	add_text(&last, text, strlen(text), false);
	r->at = text + strlen(text);
	return STOP_END_OF_TEXT;
}

struct template *template_parse(const char *text, struct error *err)
{
	struct reader r = {.text = text, .at = text, .err = err};
	struct template *t = NULL;
	enum stop stop = read_list(&r, &t);

	if (stop == STOP_END_OF_TEXT && t != NULL)
		return t;
	if (stop != STOP_BAD)
		bad(&r, stop == STOP_END_OF_TEXT ? "it is empty"
						 : "{{end}} or {{else}} is too much");
	err->code = 0;
	template_free(t);
	return NULL;
}

void template_free(struct template *t)
{
	while (t != NULL) {
		struct template *next = t->next;

		free(t->text);
		expression_free(t->expression);
		template_free(t->body);
		template_free(t->otherwise);
		free(t);
		t = next;
	}
}
