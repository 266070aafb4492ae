/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/dockerfile.h"

#include <jansson.h>
#include <string.h>

#include "base/text_mark.h"
#include "build/instruction_checks.h"
#include "http/utf8.h"

#define BLANKS " \t"
#define SHOWN  200 /* bytes of an instruction in an error */

int instruction_error(const struct instruction *i, struct error *err)
{
	struct error inner = *err;
	size_t len = strlen(i->text);

	error_set(err, inner.kind, "line %u: %s: %.*s%s", i->line, inner.message,
		(int)(len > SHOWN ? SHOWN : len), i->text, len > SHOWN ? "…" : "");
	err->code = inner.code;
	return -1;
}

/* ---- JSON ---- */

/*
 * Whether what is no JSON was meant to be: a list begins with '["', or with a string and a comma.
 * "[ -d /x ] && y", "[ "$x" = y ]" and "[a-z]*" are for a shell, and for COPY.
 */
static bool meant_as_json(const char *text)
{
	const char *string = text + 1 + strspn(text + 1, BLANKS), *end;

	if (*string != '"')
		return false;
	end = strchr(string + 1, '"');
	return string == text + 1 || end == NULL || end[1 + strspn(end + 1, BLANKS)] == ',';
}

static int read_json(struct instruction *i, struct error *err)
{
	json_error_t why;
	json_t *list = json_loads(i->rest, JSON_REJECT_DUPLICATES, &why), *item;
	size_t k;
	int result = 0;

	if (list == NULL && !meant_as_json(i->rest))
		return 0;
	if (list == NULL)
		return error_set(err, ERROR_INVALID, "bad JSON: %.80s", why.text);
	json_array_foreach (list, k, item) {
		if (json_is_string(item))
			strings_add(&i->list, json_string_value(item));
		else
			result = error_set(
				err, ERROR_INVALID, "bad JSON: expected a list of strings alone");
	}
	json_decref(list);
	i->json = true;
	return result;
}

/* ---- lines ---- */

struct reader {
	const char *at, *end;
	unsigned int line; /* of what is at 'at' */
};

/* Takes a line without its end. */
static void take_line(struct reader *r, const char **begin, size_t *len)
{
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));

	*begin = r->at;
	*len = (size_t)((newline ? newline : r->end) - r->at);
	r->at = newline ? newline + 1 : r->end;
	r->line++;
	if (*len > 0 && (*begin)[*len - 1] == '\r')
		--*len;
}

static size_t blanks(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && strchr(BLANKS, s[n]) != NULL && s[n] != '\0')
		n++;
	return n;
}

static bool is_comment(const char *s, size_t len)
{
	size_t n = blanks(s, len);

	return n < len && s[n] == '#';
}

/* Takes a "\" off the end, and blanks behind it; two of them are not one that joins. */
static bool joins(const char *s, size_t *len)
{
	size_t n = *len, slashes = 0;

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	while (slashes < n && s[n - 1 - slashes] == '\\')
		slashes++;
	if (slashes % 2 == 0)
		return false;
	*len = n - 1;
	return true;
}

/* Reads the next instruction's text, without blanks at both ends; false: there is none. */
static bool next_text(struct reader *r, unsigned int *line, struct buffer *text)
{
	const char *s;
	size_t len, skip;
	bool more;

	do {
		if (r->at == r->end)
			return false;
		take_line(r, &s, &len);
		skip = blanks(s, len);
	} while (skip == len || is_comment(s, len));
	*line = r->line - 1;
	more = joins(s, &len);
	if (skip < len)
		buffer_add(text, s + skip, len - skip);
	while (more && r->at != r->end) {
		take_line(r, &s, &len);
		if (is_comment(s, len) || blanks(s, len) == len)
			continue;
		more = joins(s, &len);
		buffer_add(text, s, len);
	}
	while (text->len > 0 && strchr(BLANKS, text->data[text->len - 1]) != NULL)
		text->data[--text->len] = '\0';
	return true;
}

/* ---- instructions ---- */

static const struct instruction_row *find_row(const char *name, size_t len)
{
	for (size_t i = 0; i < instruction_count; i++)
		if (strlen(instruction_table[i].name) == len &&
			strncasecmp(instruction_table[i].name, name, len) == 0)
			return &instruction_table[i];
	return NULL;
}

static int check_row(
	const struct instruction_row *row, const char *name, size_t len, struct error *err)
{
	if (row == NULL)
		return error_set(err, ERROR_INVALID, "unknown instruction '%.*s'",
			(int)(len > 80 ? 80 : len), name);
	if (memcmp(row->name, name, len) != 0)
		return error_set(err, ERROR_INVALID,
			"unknown instruction '%.*s', which must be upper case", (int)len, name);
	if (row->kind == INSTRUCTION_REFUSED)
		return error_set(err, ERROR_INVALID, "Kleene has no %s: %s", row->name, row->text);
	return 0;
}

static int read_instruction(struct instruction *i, struct error *err)
{
	size_t len = strcspn(i->text, BLANKS);
	const struct instruction_row *row = find_row(i->text, len);

	i->rest = i->text + len + strspn(i->text + len, BLANKS);
	if (check_row(row, i->text, len, err) != 0)
		return -1;
	i->kind = row->kind;
	i->form = row->form;
	if (row->form == FORM_COPY && copy_options(i, err) != 0)
		return -1;
	if (row->json && *i->rest == '[' && read_json(i, err) != 0)
		return -1;
	return instruction_check(i, err);
}

/* Only ARG may stand before FROM, of which there is one. */
static int check_order(const struct instruction *i, bool *have_from, struct error *err)
{
	if (i->kind == INSTRUCTION_FROM && *have_from)
		return error_set(err, ERROR_INVALID,
			"there is a FROM already, and Kleene builds in one stage");
	if (i->kind != INSTRUCTION_FROM && i->kind != INSTRUCTION_ARG && !*have_from)
		return error_set(err, ERROR_INVALID, "only ARG may stand before FROM");
	*have_from |= i->kind == INSTRUCTION_FROM;
	return 0;
}

static int read_all(struct reader *r, struct dockerfile *f, struct error *err)
{
	bool have_from = false;
	unsigned int line;

	for (;;) {
		struct buffer text = {0};
		struct instruction *i;

		buffer_puts(&text, "");
		if (!next_text(r, &line, &text)) {
			buffer_free(&text);
			break;
		}
		if (f->n == DOCKERFILE_INSTRUCTIONS_MAX) {
			buffer_free(&text);
			return error_set(err, ERROR_INVALID, "line %u: more than %d instructions",
				line, DOCKERFILE_INSTRUCTIONS_MAX);
		}
		f->instructions = xrealloc(f->instructions, (f->n + 1) * sizeof(*f->instructions));
		i = &f->instructions[f->n++];
		*i = (struct instruction){
			.line = line, .text = text.data, .rest = text.data, .mode = -1};
		if (read_instruction(i, err) != 0 || check_order(i, &have_from, err) != 0)
			return instruction_error(i, err);
	}
	if (!have_from)
		return error_set(err, ERROR_INVALID, "line %u: the Dockerfile ends without a FROM",
			r->line > 1 ? r->line - 1 : 1);
	return 0;
}

static bool is_control(unsigned char c)
{
	return (c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
}

static int check_line(const char *text, size_t len, unsigned int line, struct error *err)
{
	for (size_t i = 0; i < len; i++)
		if (is_control((unsigned char)text[i]))
			return error_set(err, ERROR_INVALID,
				"line %u: there is a control character, 0x%02x", line,
				(unsigned char)text[i]);
	if (!utf8_valid(text, len))
		return error_set(err, ERROR_INVALID, "line %u: it is not UTF-8", line);
	return 0;
}

static int check_bytes(const char *text, size_t len, struct error *err)
{
	const char *end = text + len, *next;

	if (len > DOCKERFILE_MAX)
		return error_set(err, ERROR_INVALID, "the Dockerfile has more than %u bytes",
			DOCKERFILE_MAX);
	for (unsigned int line = 1; text < end; line++, text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next ? next + 1 : end;
		if (check_line(text, (size_t)(next - text), line, err) != 0)
			return -1;
	}
	return 0;
}

int dockerfile_parse(const char *text, size_t len, struct dockerfile *f, struct error *err)
{
	struct reader r = {.at = text + text_mark(text, len), .end = text + len, .line = 1};

	*f = (struct dockerfile){0};
	if (check_bytes(text, len, err) == 0 && read_all(&r, f, err) == 0)
		return 0;
	dockerfile_free(f);
	return -1;
}

void dockerfile_free(struct dockerfile *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->instructions[i].text);
		free(f->instructions[i].owner);
		strings_free(&f->instructions[i].list);
	}
	free(f->instructions);
	*f = (struct dockerfile){0};
}
