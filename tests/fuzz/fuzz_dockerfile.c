/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a build reads text: Dockerfiles, variables, patterns, .dockerignore. For libFuzzer, with
 * `make fuzz`; the unit tests replay the corpus (replay.c).
 */
#include "fuzz.h"

#include "build/assignments.h"
#include "build/dockerfile.h"
#include "build/match.h"
#include "build/variables.h"

static void fill(struct strings *vars)
{
	strings_add(vars, "x=a value");
	strings_add(vars, "A=$x");
	strings_add(vars, "q=\"'\\*`");
	strings_add(vars, "e=");
}

static void expand_text(const char *text, const struct strings *vars)
{
	struct error err;
	char *plain = text_expand(text, vars, &err);

	must(plain == NULL || strlen(plain) <= strlen(text) + EXPANDED_MAX);
	free(plain);
}

static void expand_words(
	const char *text, const struct strings *vars, enum words_mode mode, bool patterns)
{
	struct strings words = {0};
	struct error err;

	words_expand(text, vars, mode, patterns, &words, &err);
	for (size_t k = 0; k < words.n && patterns; k++) {
		char *name = match_unquote(words.v[k]);
		struct strings alternatives = {0};

		if (match_alternatives(words.v[k], &alternatives))
			must(alternatives.n > 0 && alternatives.n <= ALTERNATIVES_MAX);
		strings_free(&alternatives);

		/* a pattern without wildcards is the name it stands for */
		if (!match_has_wildcards(words.v[k]))
			must(match_name(words.v[k], name));
		free(name);
	}
	strings_free(&words);
}

static void assign(const char *text, const struct strings *vars, enum assignment_names names)
{
	struct strings entries = {0};
	struct error err;

	if (assignments_expand(text, vars, names, &entries, &err) == 0)
		must(entries.n > 0);
	for (size_t k = 0; k < entries.n; k++)
		must(strchr(entries.v[k], '=') != NULL && entries.v[k][0] != '=');
	strings_free(&entries);
}

/* As the builder does; what each instruction does not need is left to the others of its kind. */
static void expand(const struct instruction *i, const struct strings *vars)
{
	switch (i->kind) {
	case INSTRUCTION_ENV:
		assign(i->rest, vars, NAMES_OF_VARIABLES);
		break;
	case INSTRUCTION_LABEL:
		assign(i->rest, vars, NAMES_ANY);
		break;
	case INSTRUCTION_COPY:
		expand_words(i->rest, vars, WORDS_SPLIT, true);
		break;
	case INSTRUCTION_RUN:
	case INSTRUCTION_CMD:
		expand_text(i->rest, vars);
		break;
	default:
		expand_words(i->rest, vars, WORDS_WHOLE, i->line % 2 == 0);
	}
	for (size_t k = 0; k < i->list.n; k++)
		expand_text(i->list.v[k], vars);
}

static void parse(const char *text, size_t size)
{
	struct strings vars = {0};
	struct dockerfile f;
	struct error err = {0};

	fill(&vars);
	if (dockerfile_parse(text, size, &f, &err) != 0) {
		must(err.kind == ERROR_INVALID && err.message[0] != '\0' && f.n == 0);
	} else {
		unsigned int froms = 0, line = 0;

		for (size_t i = 0; i < f.n; i++) {
			must(f.instructions[i].line > line);
			line = f.instructions[i].line;
			froms += f.instructions[i].kind == INSTRUCTION_FROM;
			expand(&f.instructions[i], &vars);
		}
		must(froms == 1);
	}
	dockerfile_free(&f);
	strings_free(&vars);
}

static void match(char *text)
{
	char *name = strchr(text, '\n');
	struct ignore ignore = {0};

	if (name == NULL)
		return;
	*name++ = '\0';
	match_name(text, name);
	ignore_parse(name, &ignore);
	ignore_has(&ignore, text);
	ignore_free(&ignore);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	parse(text, size);
	match(text);
	free(text);
	return 0;
}
