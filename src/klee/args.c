#include "klee/args.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/suggest.h"

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

/* Takes argv[0], which begins with "--"; returns how many of argv it took, -1 on error. */
static int take_long(struct args *a, int argc, char **argv, struct error *err)
{
	const char *text = argv[0] + 2, *value = strchr(text, '=');
	size_t len = value != NULL ? (size_t)(value - text) : strlen(text);
	struct match m = {0};

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

/* Takes argv[0], a "-" and letters; returns how many of argv it took, -1 on error. */
static int take_letters(struct args *a, int argc, char **argv, struct error *err)
{
	for (const char *p = argv[0] + 1; *p != '\0'; p++) {
		const struct option *o = find_letter(a, *p);

		if (o == NULL) {
			if (strlen(argv[0]) == 2)
				error_set(err, ERROR_INVALID, "unknown option '%s'", argv[0]);
			else
				error_set(err, ERROR_INVALID, "unknown option '-%c' in '%s'", *p,
					argv[0]);
			return usage(err);
		}
		if (!takes_value(o)) {
			if (add(a, o, true, NULL, err) < 0)
				return -1;
			continue;
		}
		if (p[1] != '\0')
			return add(a, o, true, p + 1, err) < 0 ? -1 : 1;
		if (argc < 2)
			return lacks_value(a, o, (const char[]){'-', *p, '\0'}, err);
		return add(a, o, true, argv[1], err) < 0 ? -1 : 2;
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
	bool options = true;
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
		} else if (strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (argv[i][1] == '-') {
			taken = take_long(a, argc - i, argv + i, err);
		} else {
			taken = take_letters(a, argc - i, argv + i, err);
		}
		if (taken < 0)
			return -1;
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

static const struct given *find_last(const struct args *a, const char *name)
{
	for (size_t i = a->ngiven; i-- > 0;)
		if (strcmp(a->given[i].option->name, name) == 0)
			return &a->given[i];
	return NULL;
}

/* The last time the option was given; NULL: it was not. */
static const struct given *last(const struct args *a, const char *name)
{
	const struct given *g = find_last(a, name);

	if (g != NULL)
		return g;
	for (size_t t = 0; a->tables[t] != NULL; t++)
		for (const struct option *o = a->tables[t]; o->name != NULL; o++)
			if (strcmp(o->name, name) == 0)
				return NULL;
	abort();
}

bool args_given(const struct args *a, const char *name)
{
	return find_last(a, name) != NULL;
}

bool args_flag(const struct args *a, const char *name)
{
	return last(a, name) != NULL;
}

int args_switch(const struct args *a, const char *name)
{
	const struct given *g = last(a, name);

	return g == NULL ? -1 : g->on;
}

const char *args_value(const struct args *a, const char *name)
{
	const struct given *g = last(a, name);

	return g == NULL ? NULL : g->value;
}

void args_list(const struct args *a, const char *name, struct strings *list)
{
	if (last(a, name) == NULL)
		return;
	for (size_t i = 0; i < a->ngiven; i++)
		if (strcmp(a->given[i].option->name, name) == 0)
			strings_add(list, a->given[i].value);
}

int args_number(const struct args *a, const char *name, long long min, long long fallback,
	long long *n, struct error *err)
{
	const char *text = args_value(a, name);
	char *end;

	*n = fallback;
	if (text == NULL)
		return 0;
	errno = 0;
	*n = strtoll(text, &end, 10);
	if (errno == 0 && *end == '\0' && end != text && *n >= min)
		return 0;
	error_set(
		err, ERROR_INVALID, "--%s: '%s' is no whole number from %lld on", name, text, min);
	err->code = EXIT_KLEE_FAILED;
	return -1;
}
