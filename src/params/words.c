/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/words.h"

#include <ctype.h>
#include <string.h>

#define BLANKS " \t"

/* As jail(8) has them. A lone "&" at the end, which it takes itself, is the shell's here. */
#define SHELL_CHARACTERS "!\"$&'()*;<>?[\\]`{|}~"

static int unclosed(const char *text, struct error *err)
{
	return error_set(err, ERROR_INVALID, "a quote is not closed in '%s'", text);
}

static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	return (unsigned int)(tolower((unsigned char)c) - 'a') + 10;
}

/* Reads a number of up to max digits; *at is moved behind it. */
static char number(const char **at, unsigned int base, int max)
{
	unsigned int n = 0;

	while (max-- > 0 && isxdigit((unsigned char)**at) && digit(**at) < base)
		n = n * base + digit(*(*at)++);
	return (char)n;
}

/* What an escape stands for; *at is moved from behind the backslash to behind it. */
static char escape(const char **at)
{
	static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
	const char *found;
	char c = **at;

	if (c == '\0')
		return '\\';
	if (c >= '0' && c <= '7')
		return number(at, 8, 3);
	(*at)++;
	if (c == 'x')
		return number(at, 16, 2);
	found = strchr(from, c);
	return found ? to[found - from] : c;
}

/*
 * Copies up to one of the stop characters outside of quotes, or the end. Returns where that is, or
 * NULL if a quote is not closed.
 */
static const char *copy(const char *at, const char *stop, struct buffer *out)
{
	char quote = '\0';

	while (*at != '\0' && (quote != '\0' || strchr(stop, *at) == NULL)) {
		char c = *at++;

		if (c == quote) {
			quote = '\0';
			continue;
		}
		if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
			continue;
		}
		if (c == '\\')
			c = escape(&at);
		buffer_add(out, &c, 1);
	}
	return quote == '\0' ? at : NULL;
}

/* The same without copying. */
static const char *skip(const char *at, const char *stop)
{
	struct buffer ignored = {0};
	const char *end = copy(at, stop, &ignored);

	buffer_free(&ignored);
	return end;
}

char *words_unquote(const char *text, struct error *err)
{
	struct buffer out = {0};

	buffer_add(&out, "", 0);
	if (copy(text, "", &out) != NULL)
		return out.data;
	buffer_free(&out);
	unclosed(text, err);
	return NULL;
}

void words_split(const char *text, struct strings *words)
{
	const char *at = text + strspn(text, BLANKS);

	while (*at != '\0') {
		size_t len = strcspn(at, BLANKS);

		strings_add_len(words, at, len);
		at += len;
		at += strspn(at, BLANKS);
	}
}

void words_command(const char *text, struct strings *argv)
{
	if (strpbrk(text, SHELL_CHARACTERS) == NULL) {
		words_split(text, argv);
		return;
	}
	strings_add(argv, "/bin/sh");
	strings_add(argv, "-c");
	strings_add(argv, text);
}

int words_elements(const char *text, struct strings *elements, struct error *err)
{
	const char *at = text;

	for (;;) {
		const char *start = at + strspn(at, BLANKS), *end = skip(at, ",");
		size_t len;

		if (end == NULL)
			return unclosed(text, err);
		len = start < end ? (size_t)(end - start) : 0;
		while (len > 0 && strchr(BLANKS, start[len - 1]) != NULL)
			len--;
		if (len > 0)
			strings_add_len(elements, start, len);
		if (*end == '\0')
			return 0;
		at = end + 1;
	}
}

bool words_quoted(const char *text)
{
	const char *end;

	if (text[0] != '\'' && text[0] != '"')
		return false;
	/* to the character that closes the first quote */
	for (end = text + 1; *end != '\0' && *end != text[0]; end++)
		if (*end == '\\' && end[1] != '\0')
			end++;
	return *end == text[0] && end[1] == '\0';
}
