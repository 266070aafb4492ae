/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/args.h"

#include <jansson.h>
#include <string.h>

#include "base/suggest.h"

#define LONG_NAME 4 /* letters from which on "-name" can hardly be a value behind a letter */

static int usage(struct error *err)
{
	err->code = EXIT_USAGE;
	return -1;
}

static int check_choice(const struct option *o, const char *value, struct error *err)
{
	struct buffer all = {0};

	if (o->choices == NULL || o->kind == OPTION_OPEN)
		return 0;
	for (size_t i = 0; o->choices[i] != NULL; i++)
		if (strcmp(o->choices[i], value) == 0)
			return 0;
	for (size_t i = 0; o->choices[i] != NULL; i++)
		buffer_printf(&all, "%s%s", i == 0 ? "" : ", ", o->choices[i]);
	error_set(err, ERROR_INVALID, "--%s: '%s' is none of: %s", o->name, value, all.data);
	buffer_free(&all);
	err->code = EXIT_KLEE_FAILED;
	return -1;
}

static int add(
	struct args *a, const struct option *o, bool on, const char *value, struct error *err)
{
	if (value != NULL && !a->partial && check_choice(o, value, err) < 0)
		return -1;
	a->given = xrealloc(a->given, (a->ngiven + 1) * sizeof(*a->given));
	a->given[a->ngiven++] = (struct given){.option = o, .on = on, .value = value};
	return 0;
}

static bool takes_value(const struct option *o)
{
	return o->kind == OPTION_VALUE || o->kind == OPTION_OPEN || o->kind == OPTION_LIST;
}

/* What a long option may stand for. */
struct match {
	const struct option *option;
	bool on;
	size_t n; /* candidates */
	bool exact;
	struct buffer names;
};

static void consider(struct match *m, const struct option *o, bool on, const char *text, size_t len)
{
	AUTO_FREE char *name = on ? xstrdup(o->name) : xasprintf("no-%s", o->name);

	if (m->exact || strncmp(name, text, len) != 0)
		return;
	m->exact = name[len] == '\0';
	m->n = m->exact ? 1 : m->n + 1;
	m->option = o;
	m->on = on;
	buffer_printf(&m->names, "%s--%s", m->names.len > 0 ? ", " : "", name);
}

static void unknown_option(const struct args *a, const char *text, size_t len, struct error *err)
{
	AUTO_FREE char *written = xasprintf("--%.*s", (int)len, text);
	AUTO(strings_free) struct strings names = {0};
	AUTO_FREE char *meant = NULL;

	for (size_t t = 0; a->tables[t] != NULL; t++) {
		for (const struct option *o = a->tables[t]; o->name != NULL; o++) {
			strings_take(&names, xasprintf("--%s", o->name));
			if (o->kind == OPTION_SWITCH)
				strings_take(&names, xasprintf("--no-%s", o->name));
		}
	}
	meant = suggest_text(written, &names);
	error_set(err, ERROR_INVALID, "unknown option '%s'%s", written, meant);
}

static const struct option *find_name(const struct args *a, const char *name)
{
	for (size_t t = 0; a->tables[t] != NULL; t++)
		for (const struct option *o = a->tables[t]; o->name != NULL; o++)
			if (strcmp(o->name, name) == 0)
				return o;
	return NULL;
}

static int find_long(
	const struct args *a, const char *text, size_t len, struct match *m, struct error *err)
{
	for (size_t t = 0; a->tables[t] != NULL; t++) {
		for (const struct option *o = a->tables[t]; o->name != NULL; o++) {
			consider(m, o, true, text, len);
			if (o->kind == OPTION_SWITCH)
				consider(m, o, false, text, len);
		}
	}
	if (m->n == 0)
		unknown_option(a, text, len, err);
	else if (m->n > 1)
		error_set(err, ERROR_INVALID, "option '--%.*s' is ambiguous: %s", (int)len, text,
			m->names.data);
	buffer_free(&m->names);
	return m->n == 1 ? 0 : usage(err);
}

/* The end of the command line, where a value should stand. */
static int lacks_value(
	struct args *a, const struct option *o, const char *written, struct error *err)
{
	if (a->partial) {
		a->pending = o;
		return 1;
	}
	error_set(err, ERROR_INVALID, "option '%s' needs a value", written);
	return usage(err);
}

const struct option *args_find(const struct args *a, const char *name, size_t len)
{
	struct match m = {0};
	struct error ignored;

	return find_long(a, name, len, &m, &ignored) < 0 ? NULL : m.option;
}

/*
 * Takes "--name", "--no-name", or either with true or false behind it, as the client that is
 * published for Python has it; returns how many of argv it took, -1 on error.
 */
static int take_switch(struct args *a, const struct match *m, const char *value, const char *next,
	struct error *err)
{
	const char *word = value != NULL ? value : next != NULL ? next : "";
	bool is_true = strcmp(word, "true") == 0, is_false = strcmp(word, "false") == 0;

	if (value != NULL && !is_true && !is_false) {
		error_set(err, ERROR_INVALID, "option '--%s' takes true or false, not '%s'",
			m->option->name, value);
		return usage(err);
	}
	if (add(a, m->option, is_false ? !m->on : m->on, NULL, err) < 0)
		return -1;
	return value == NULL && (is_true || is_false) ? 2 : 1;
}

/* An option that others have; value: attached to it, or NULL. As take_long. */
static int take_other(struct args *a, const struct other_option *other, const char *value, int argc,
	char **argv, struct error *err)
{
	const struct option *same;

	if (other->kind == OTHER_LACKING) {
		a->instead = other->instead;
		error_set(err, ERROR_INVALID, "there is no option '%s'", argv[0]);
		return usage(err);
	}
	if (other->kind == OTHER_NEEDLESS)
		return 1;
	same = other->kind == OTHER_NEEDLESS_VALUE ? NULL : find_name(a, other->same);
	if (same != NULL && !takes_value(same))
		return add(a, same, true, NULL, err) < 0 ? -1 : 1;
	if (value == NULL && argc < 2)
		return lacks_value(a, same, argv[0], err);
	if (same != NULL && add(a, same, true, value != NULL ? value : argv[1], err) < 0)
		return -1;
	return value != NULL ? 1 : 2;
}

/* Takes argv[0], which begins with "--"; returns how many of argv it took, -1 on error. */
static int take_long(struct args *a, int argc, char **argv, struct error *err)
{
	const char *text = argv[0] + 2, *value = strchr(text, '=');
	size_t len = value != NULL ? (size_t)(value - text) : strlen(text);
	const struct other_option *other = other_option_long(a->command, text, len);
	struct match m = {0};

	if (other != NULL && (other->name == NULL || find_name(a, other->name) == NULL))
		return take_other(a, other, value != NULL ? value + 1 : NULL, argc, argv, err);
	if (find_long(a, text, len, &m, err) < 0)
		return -1;
	if (m.option->kind == OPTION_SWITCH)
		return take_switch(a, &m, value ? value + 1 : NULL, argc > 1 ? argv[1] : NULL, err);
	if (!takes_value(m.option)) {
		if (value != NULL) {
			error_set(
				err, ERROR_INVALID, "option '--%s' takes no value", m.option->name);
			return usage(err);
		}
		return add(a, m.option, m.on, NULL, err) < 0 ? -1 : 1;
	}
	if (value != NULL)
		return add(a, m.option, true, value + 1, err) < 0 ? -1 : 1;
	if (argc < 2)
		return lacks_value(a, m.option, argv[0], err);
	return add(a, m.option, true, argv[1], err) < 0 ? -1 : 2;
}

static const struct option *find_letter(const struct args *a, char letter)
{
	for (size_t t = 0; a->tables[t] != NULL; t++)
		for (const struct option *o = a->tables[t]; o->name != NULL; o++)
			if (o->letter == letter)
				return o;
	return NULL;
}

/* Letters that are a long option with one dash: nobody means them singly. */
static int one_dash(const struct args *a, const char *text, struct error *err)
{
	if (strlen(text) < LONG_NAME || find_name(a, text) == NULL)
		return 0;
	error_set(err, ERROR_INVALID, "unknown option '-%s'. Did you mean '--%s'?", text, text);
	return usage(err);
}

/* A letter with its value, which stands behind it (at) or in the next word; as take_long. */
static int take_letter_value(struct args *a, const struct option *o, const char *at, int argc,
	char **argv, struct error *err)
{
	const struct other_option *other = other_option_letter(a->command, o->letter);

	if (*at == '\0' && argc < 2)
		return lacks_value(a, o, (const char[]){'-', o->letter, '\0'}, err);
	if (add(a, o, true, *at != '\0' ? at : argv[1], err) == 0)
		return *at != '\0' ? 1 : 2;
	a->instead = other != NULL ? other->instead : NULL;
	return -1;
}

/*
 * The letter at p, which is another's: 0 if it is to be passed over, else as take_long. What stands
 * behind it is its value, if it takes one.
 */
static int take_other_letter(struct args *a, const struct other_option *other, const char *p,
	int argc, char **argv, struct error *err)
{
	const char *value = p[1] != '\0' ? p + 1 : NULL;
	bool more = value != NULL && other->kind == OTHER_NEEDLESS;

	return more ? 0 : take_other(a, other, value, argc, argv, err);
}

static void unknown_letter(char letter, const char *written, struct error *err)
{
	if (strlen(written) == 2)
		error_set(err, ERROR_INVALID, "unknown option '%s'", written);
	else
		error_set(err, ERROR_INVALID, "unknown option '-%c' in '%s'", letter, written);
}

/* Takes argv[0], a "-" and letters; returns how many of argv it took, -1 on error. */
static int take_letters(struct args *a, int argc, char **argv, struct error *err)
{
	if (one_dash(a, argv[0] + 1, err) < 0)
		return -1;
	for (const char *p = argv[0] + 1; *p != '\0'; p++) {
		const struct option *o = find_letter(a, *p);
		const struct other_option *other = other_option_letter(a->command, *p);

		if (other != NULL && other->kind == OTHER_SAME_BEFORE_WORD && p[1] == '\0' &&
			argc > 1 && argv[1][0] != '-')
			o = NULL;
		if (o == NULL && other != NULL) {
			int taken = take_other_letter(a, other, p, argc, argv, err);

			if (taken != 0)
				return taken;
		} else if (o == NULL) {
			unknown_letter(*p, argv[0], err);
			return usage(err);
		} else if (takes_value(o)) {
			return take_letter_value(a, o, p + 1, argc, argv, err);
		} else if (add(a, o, true, NULL, err) < 0) {
			return -1;
		} else {
			a->given[a->ngiven - 1].letter = true;
		}
	}
	return 1;
}

bool text_is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

static int check_encoding(int argc, char **argv, struct error *err)
{
	for (int i = 0; i < argc; i++)
		if (!text_is_utf8(argv[i])) {
			error_set(err, ERROR_INVALID, "argument %d, '%s', is not UTF-8", i + 1,
				argv[i]);
			return usage(err);
		}
	return 0;
}

int args_parse(struct args *a, const struct option *const *tables, size_t leading, int argc,
	char **argv, struct error *err)
{
	bool options = true, behind = false, may_end = a->ends != NULL;
	int i = 0;

	a->tables = tables;
	a->words = xcalloc((size_t)argc + 1, sizeof(*a->words));
	if (check_encoding(argc, argv, err) < 0)
		return -1;
	while (i < argc) {
		int taken = 1;

		if (!options || argv[i][0] != '-' || argv[i][1] == '\0') {
			a->words[a->nwords++] = argv[i];
			options = options && a->nwords <= leading;
			behind = a->nwords > 0 && a->nwords == leading;
		} else if (behind && may_end && strcmp(argv[i], "--") != 0) {
			may_end = false; /* it is asked once */
			options = !a->ends(a->ends_arg, a);
			taken = 0;
		} else if (strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (argv[i][1] == '-') {
			taken = take_long(a, argc - i, argv + i, err);
		} else {
			taken = take_letters(a, argc - i, argv + i, err);
		}
		if (taken < 0) {
			a->behind = behind;
			return -1;
		}
		i += taken;
	}
	a->ended = !options;
	return 0;
}

void args_free(struct args *a)
{
	free(a->given);
	free(a->words);
	*a = (struct args){0};
}

int args_check_words(const struct args *a, const struct command *command, struct error *err)
{
	struct arity arity = command_arity(command);

	if (a->nwords >= arity.min && a->nwords <= arity.max)
		return 0;
	if (a->nwords > arity.max)
		error_set(err, ERROR_INVALID, "unexpected argument '%s'", a->words[arity.max]);
	else
		error_set(err, ERROR_INVALID, "%s, expected: %s",
			a->nwords == arity.leading ? "a command is missing" : "too few arguments",
			command->arguments);
	return usage(err);
}
