/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/variables.h"

#include <string.h>

#define BLANKS	  " \t\n"
#define WILDCARDS "*?[]{},"
#define DEPTH_MAX 50 /* ${…} in each other */

static bool begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(const char *s)
{
	size_t n = 0;

	if (begins_name(*s))
		while (begins_name(s[n]) || (s[n] >= '0' && s[n] <= '9'))
			n++;
	return n;
}

bool variable_name(const char *s, const char *end)
{
	size_t n = name_length(s);

	return n > 0 && (end != NULL ? s + n == end : s[n] == '\0');
}

const char *variable_value(const struct strings *vars, const char *name, size_t len)
{
	for (size_t i = 0; i < vars->n; i++)
		if (strncmp(vars->v[i], name, len) == 0 && vars->v[i][len] == '=')
			return vars->v[i] + len + 1;
	return NULL;
}

/* ---- where the characters go ---- */

enum origin {
	FROM_TEXT, /* as it stands there */
	FROM_QUOTES, /* it means nothing but itself */
	FROM_VALUE, /* of a variable without quotes */
};

struct sink {
	enum words_mode mode;
	bool patterns;
	struct strings *words;
	struct buffer word;
	bool open; /* a word has begun, which may still be empty */
	size_t total;
};

static void end_word(struct sink *out)
{
	if (out->open)
		strings_add(out->words, out->word.data ? out->word.data : "");
	out->word.len = 0;
	if (out->word.data != NULL)
		out->word.data[0] = '\0';
	out->open = false;
}

static void put(struct sink *out, char c, enum origin origin)
{
	if (out == NULL)
		return;
	if (origin == FROM_VALUE && out->mode == WORDS_SPLIT && strchr(BLANKS, c) != NULL) {
		end_word(out);
		return;
	}
	if (out->patterns && (c == '\\' || (origin == FROM_QUOTES && strchr(WILDCARDS, c) != NULL)))
		buffer_add(&out->word, "\\", 1);
	buffer_add(&out->word, &c, 1);
	out->open = true;
	out->total++;
}

/* ---- reading ---- */

struct scan {
	const char *at;
	const struct strings *vars; /* NULL: all have some value */
	bool plain; /* quotes are characters like others */
	unsigned int depth;
	struct error *err;
};

static int scan_until(struct scan *s, struct sink *out, bool quoted, char end);

static int put_value(struct scan *s, struct sink *out, bool quoted, const char *value)
{
	if (out == NULL)
		return 0;
	for (const char *v = value; *v != '\0'; v++) {
		if (out->total > EXPANDED_MAX)
			return error_set(s->err, ERROR_INVALID,
				"with its variables replaced it has more than %zu bytes",
				EXPANDED_MAX);
		put(out, *v, quoted ? FROM_QUOTES : FROM_VALUE);
	}
	return 0;
}

static int bad_braces(const struct scan *s, const char *begin)
{
	return error_set(s->err, ERROR_INVALID,
		"bad variable '%.40s': expected ${x}, ${x:-word} or ${x:+word}", begin);
}

/* What follows "${". */
static int scan_braces(struct scan *s, struct sink *out, bool quoted)
{
	const char *begin = s->at - 2, *name = s->at, *value;
	size_t len = name_length(name);
	bool colon, use_word;
	char op;

	if (len == 0)
		return bad_braces(s, begin);
	value = s->vars != NULL ? variable_value(s->vars, name, len) : "x";
	s->at += len;
	if (*s->at == '}') {
		s->at++;
		return put_value(s, out, quoted, value ? value : "");
	}
	colon = *s->at == ':';
	s->at += colon;
	op = *s->at;
	if (op != '-' && op != '+')
		return bad_braces(s, begin);
	s->at++;
	if (value != NULL && colon && *value == '\0')
		value = NULL;
	use_word = (op == '+') == (value != NULL);
	if (op == '-' && value != NULL && put_value(s, out, quoted, value) != 0)
		return -1;
	if (s->depth == DEPTH_MAX)
		return error_set(
			s->err, ERROR_INVALID, "more than %d ${…} in each other", DEPTH_MAX);
	s->depth++;
	if (scan_until(s, use_word ? out : NULL, quoted, '}') != 0)
		return -1;
	s->depth--;
	return 0;
}

static int scan_dollar(struct scan *s, struct sink *out, bool quoted)
{
	size_t len = name_length(s->at + 1);
	const char *value;

	if (s->at[1] == '{') {
		s->at += 2;
		return scan_braces(s, out, quoted);
	}
	if (len == 0) {
		s->at++;
		put(out, '$', quoted ? FROM_QUOTES : FROM_TEXT);
		return 0;
	}
	value = s->vars != NULL ? variable_value(s->vars, s->at + 1, len) : "x";
	s->at += 1 + len;
	return put_value(s, out, quoted, value ? value : "");
}

/* A "\" and what it quotes. */
static void scan_backslash(struct scan *s, struct sink *out, bool quoted, char end)
{
	char next = s->at[1];
	bool special = next != '\0';

	if (s->plain)
		special = next == '$' || (next == '}' && end == '}');
	else if (quoted)
		special = next != '\0' && (strchr("$`\"\\", next) != NULL || next == end);
	if (special)
		s->at++;
	/* "\\[" is "[", too: a shell makes it what a pattern has to say */
	if (special && next == '\\' && out != NULL && out->patterns && s->at[1] != '\0' &&
		strchr(WILDCARDS, s->at[1]) != NULL)
		s->at++;
	put(out, *s->at++, FROM_QUOTES);
}

/* '…': nothing in it means anything else. */
static int scan_single_quotes(struct scan *s, struct sink *out)
{
	for (s->at++; *s->at != '\''; s->at++) {
		if (*s->at == '\0')
			return error_set(s->err, ERROR_INVALID, "a ' has no other end");
		put(out, *s->at, FROM_QUOTES);
	}
	s->at++;
	if (out != NULL)
		out->open = true;
	return 0;
}

static int scan_double_quotes(struct scan *s, struct sink *out, bool quoted)
{
	s->at++;
	if (quoted) /* in "${x:-…}" they may stand again */
		return 0;
	if (out != NULL)
		out->open = true;
	return scan_until(s, out, true, '"');
}

static int scan_one(struct scan *s, struct sink *out, bool quoted, char end)
{
	char c = *s->at;

	if (c == '$')
		return scan_dollar(s, out, quoted);
	if (c == '\\') {
		scan_backslash(s, out, quoted, end);
		return 0;
	}
	if (c == '"' && !s->plain)
		return scan_double_quotes(s, out, quoted);
	if (c == '\'' && !s->plain && !quoted)
		return scan_single_quotes(s, out);
	s->at++;
	if (strchr(BLANKS, c) != NULL && !quoted && !s->plain && end == '\0' &&
		out->mode != WORDS_ONE)
		end_word(out);
	else
		put(out, c, quoted ? FROM_QUOTES : end == '}' ? FROM_VALUE : FROM_TEXT);
	return 0;
}

/* Reads up to the character and takes that off, too. */
static int scan_until(struct scan *s, struct sink *out, bool quoted, char end)
{
	while (*s->at != end) {
		if (*s->at == '\0')
			return error_set(s->err, ERROR_INVALID, "a %s has no other end",
				end == '}' ? "${" : "\"");
		if (scan_one(s, out, quoted, end) != 0)
			return -1;
	}
	if (end != '\0')
		s->at++;
	return 0;
}

int words_expand(const char *text, const struct strings *vars, enum words_mode mode, bool patterns,
	struct strings *words, struct error *err)
{
	struct scan s = {.at = text, .vars = vars, .err = err};
	struct sink out = {.mode = mode, .patterns = patterns, .words = words};
	int result = scan_until(&s, &out, false, '\0');

	end_word(&out);
	buffer_free(&out.word);
	return result;
}

char *text_expand(const char *text, const struct strings *vars, struct error *err)
{
	struct scan s = {.at = text, .vars = vars, .plain = true, .err = err};
	struct sink out = {.mode = WORDS_WHOLE};

	buffer_puts(&out.word, "");
	if (scan_until(&s, &out, false, '\0') == 0)
		return out.word.data;
	buffer_free(&out.word);
	return NULL;
}
