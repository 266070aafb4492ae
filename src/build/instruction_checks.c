/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/instruction_checks.h"

#include <string.h>
#include <strings.h>

#include "build/assignments.h"
#include "build/variables.h"

#define BLANKS	 " \t"
#define MODE_MAX 07777

/* ---- COPY's options ---- */

static int take_mode(struct instruction *i, const char *value, struct error *err)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);

	if (*value == '\0' || strspn(value, "01234567") != strlen(value) || mode > MODE_MAX)
		return error_set(err, ERROR_INVALID,
			"--chmod: '%.80s' is not an octal mode, such as 755", value);
	i->mode = (int)mode;
	return 0;
}

static int take_option(struct instruction *i, const char *option, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (strncmp(option, "--chmod=", 8) == 0)
		return take_mode(i, option + 8, err);
	if (strcmp(option, "--from") == 0 || strncmp(option, "--from=", 7) == 0)
		return error_set(err, ERROR_INVALID,
			"--from: Kleene builds in one stage, there is no other to copy from");
	if (strncmp(option, "--chown=", 8) != 0 || option[8] == '\0')
		return error_set(err, ERROR_INVALID,
			"unknown option '%.80s': COPY has --chown=USER[:GROUP] and --chmod=MODE",
			option);
	if (words_expand(option + 8, NULL, WORDS_WHOLE, false, &words, err) != 0)
		return -1;
	free(i->owner);
	i->owner = xstrdup(option + 8);
	return 0;
}

int copy_options(struct instruction *i, struct error *err)
{
	while (strncmp(i->rest, "--", 2) == 0) {
		size_t len = strcspn(i->rest, BLANKS);
		AUTO_FREE char *option = xstrndup(i->rest, len);

		if (take_option(i, option, err) != 0)
			return -1;
		i->rest += len + strspn(i->rest + len, BLANKS);
	}
	return 0;
}

/* ---- forms ---- */

/* The words of the instruction, whatever its variables may hold. */
static int plain_words(const struct instruction *i, struct strings *words, struct error *err)
{
	if (!i->json)
		return words_expand(i->rest, NULL, WORDS_WHOLE, false, words, err);
	for (size_t k = 0; k < i->list.n; k++) {
		char *word = text_expand(i->list.v[k], NULL, err);

		if (word == NULL)
			return -1;
		strings_take(words, word);
	}
	return 0;
}

static int check_words(const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (plain_words(i, &words, err) != 0)
		return -1;
	if (i->kind == INSTRUCTION_FROM && words.n == 3 && strcasecmp(words.v[1], "AS") == 0)
		return error_set(
			err, ERROR_INVALID, "AS: Kleene builds in one stage, which needs no name");
	if (i->kind == INSTRUCTION_FROM && words.n > 1 && strncmp(words.v[0], "--", 2) == 0)
		return error_set(err, ERROR_INVALID,
			"%s: an image runs on the machines that it was made for; leave it out",
			words.v[0]);
	if (i->form == FORM_WORD && words.n != 1)
		return error_set(err, ERROR_INVALID, "expected one word, this has %zu", words.n);
	return words.n > 0 ? 0 : error_set(err, ERROR_INVALID, "expected at least one word");
}

/* NAME or NAME=VALUE each. */
static int check_declarations(const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (plain_words(i, &words, err) != 0)
		return -1;
	if (words.n == 0)
		return error_set(err, ERROR_INVALID, "expected NAME or NAME=VALUE");
	for (size_t k = 0; k < words.n; k++)
		if (assignment_check_name(words.v[k], NAMES_OF_VARIABLES, err) != 0)
			return -1;
	return 0;
}

static int check_assignments(const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	return assignments_expand(i->rest, NULL,
		i->form == FORM_LABELS ? NAMES_ANY : NAMES_OF_VARIABLES, &words, err);
}

static int check_command(const struct instruction *i, struct error *err)
{
	const char *first = !i->json ? i->rest : i->list.n > 0 ? i->list.v[0] : "";

	/* nor would a shell know what to do with it */
	if (!i->json && strncmp(first, "--", 2) == 0)
		return error_set(err, ERROR_INVALID, "a command has no options in front, as '%.*s'",
			(int)strcspn(first, BLANKS "="), first);
	if (!i->json && strncmp(first, "<<", 2) == 0)
		return error_set(err, ERROR_INVALID,
			"there are no here-documents: '\\' at the end of a line joins the next");
	if (i->form == FORM_LIST && !i->json)
		return error_set(err, ERROR_INVALID,
			"expected a list in JSON, such as [\"/bin/sh\", \"-c\"]");
	/* an empty CMD takes an inherited one away */
	if (i->kind == INSTRUCTION_CMD && i->json && i->list.n == 0)
		return 0;
	return *first != '\0' ? 0 : error_set(err, ERROR_INVALID, "there is no command");
}

bool names_directory(const char *path)
{
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;

	return *last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

static int check_copy(const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (plain_words(i, &words, err) != 0)
		return -1;
	/* what variables hold is seen when they are replaced */
	if (strchr(i->rest, '$') != NULL)
		return 0;
	if (words.n < 2)
		return error_set(
			err, ERROR_INVALID, "expected at least one source and a destination");
	if (words.n > 2 && !names_directory(words.v[words.n - 1]))
		return error_set(
			err, ERROR_INVALID, "several sources need a destination that ends in '/'");
	return 0;
}

static int check_text(const struct instruction *i, struct error *err)
{
	return *i->rest != '\0' ? 0 : error_set(err, ERROR_INVALID, "expected a text");
}

int instruction_check(const struct instruction *i, struct error *err)
{
	static int (*const checks[])(const struct instruction *i, struct error *err) = {
		[FORM_WORD] = check_words,
		[FORM_WORDS] = check_words,
		[FORM_DECLARATIONS] = check_declarations,
		[FORM_VARIABLES] = check_assignments,
		[FORM_LABELS] = check_assignments,
		[FORM_COMMAND] = check_command,
		[FORM_LIST] = check_command,
		[FORM_COPY] = check_copy,
		[FORM_TEXT] = check_text,
	};

	return checks[i->form](i, err);
}
