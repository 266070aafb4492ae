/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command is. Every command is one file, cmd_GROUP_NAME.c, that ends in one constant
 * struct command, and one line in commands.c. Parsing, errors, usage and help come from it.
 */
#ifndef KLEE_COMMAND_H
#define KLEE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct args;
struct klee;

/* Exit codes of Klee's own; attached commands also exit with what their process exits with. */
enum {
	EXIT_ARGUMENT_FAILED = 1, /* failed for at least one of the arguments */
	EXIT_USAGE = 2, /* wrong usage */
	EXIT_KLEE_FAILED = 125, /* Klee or Kleened failed */
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NO_COMMAND = 127,
};

enum option_kind {
	OPTION_FLAG, /* --name */
	OPTION_SWITCH, /* --name or --no-name */
	OPTION_VALUE, /* --name VALUE; the last one counts */
	OPTION_OPEN, /* the same; its choices are not all there are */
	OPTION_LIST, /* --name VALUE, any number of times */
};

struct option {
	const char *name; /* long name, without dashes */
	char letter; /* short name, 0: none */
	enum option_kind kind;
	const char *value; /* what the value is called in help; NULL: no value */
	const char *const *choices; /* allowed values, NULL-terminated; NULL: any */
	const char *summary;
};

#define OPTION_TABLES_MAX 9

struct command {
	const char *group; /* "container" */
	const char *name; /* "run" */
	const char *shortcut; /* name at the top level, NULL: none */

	/*
	 * The arguments as shown in usage, one word each: X is required, [X] optional, X... takes
	 * one or more and [X]... any number. Where a word is called COMMAND, its first word ends
	 * Klee's own options.
	 */
	const char *arguments;

	const struct option *options[OPTION_TABLES_MAX + 1]; /* tables, each ending without name */
	const char *summary; /* one line, no full stop */

	/* Whether all behind the words before COMMAND is the container's, options too; NULL: no. */
	bool (*ends_options)(struct klee *k, const struct args *args);
	int (*run)(struct klee *k, const struct args *args); /* returns the exit code */
};

struct group {
	const char *name, *summary;
};

extern const struct command *const commands[]; /* in the order of help; ends with NULL */
extern const struct group groups[]; /* ends with a row without name */

/* A word that others have for a command, or for what Kleene lacks. */
struct word {
	const char *group; /* it stands behind; NULL: at the top level */
	const char *word;
	const struct command *command; /* NULL: there is none */
	const char *instead; /* of one that is lacking: what does it */
};

extern const struct word other_words[]; /* ends with a row without word */

/* How an option that others have is taken. */
enum other_kind {
	OTHER_SAME, /* as one of Klee's */
	OTHER_SAME_BEFORE_WORD, /* likewise where its value follows, though the letter is Klee's too
				 */
	OTHER_NEEDLESS, /* it is so anyway, and nothing is done */
	OTHER_NEEDLESS_VALUE, /* the same of one with a value */
	OTHER_LACKING, /* refused, with what does it */
};

struct other_option {
	const struct command *const *commands; /* whose it is; ends with NULL */
	const char *name; /* NULL: a letter alone */
	char letter; /* 0: none */
	enum other_kind kind;
	const char *same; /* the name of Klee's */
	const char *instead;
};

extern const struct other_option other_options[]; /* ends with a row without commands */

/* The row of an option that is none of Klee's, by its whole name or its letter; NULL: none. */
const struct other_option *other_option_long(
	const struct command *command, const char *name, size_t len);
const struct other_option *other_option_letter(const struct command *command, char letter);

/*
 * The command of a group, or the one with that shortcut if group is NULL, or that others call so;
 * NULL: none.
 */
const struct command *command_find(const char *group, const char *name);

/* The row of a word; NULL: there is none. */
const struct word *word_find(const char *group, const char *word);

/* The group of that name; NULL: none. */
const struct group *group_find(const char *name);

/* How many words a command takes, read off its 'arguments'. */
struct arity {
	size_t min, max;
	size_t leading; /* options are Klee's as long as no more words than this were seen */
};

struct arity command_arity(const struct command *command);

#endif
